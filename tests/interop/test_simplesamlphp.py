"""Sign-ins by SimpleSAMLphp: what it signs and encrypts, what it makes of our requests and metadata."""

import base64
import ssl
import urllib.parse

import requests
from lxml import etree

import loopback
import simplesamlphp
from browser import Browser, Page
from interop_case import XML, InteropCase, encryption, our_metadata, sent_request, sent_response, signed_parts
from simplesamlphp import SimpleSamlPhp


class Responses(InteropCase):
    make_peer = SimpleSamlPhp

    def sign_in(self, connection):
        browser = Browser()
        page = self.peer.log_in(browser, browser.visit(connection["login_url"]))
        return browser, page

    def test_each_way_to_sign_and_to_encrypt(self):
        connection = self.connect()
        entity_id = self.peer.read_application(our_metadata(connection))
        self.assertEqual(entity_id, connection["sp_entity_id"])
        for response, assertion in (True, False), (False, True), (True, True):
            for is_encrypted in False, True:
                with self.subTest(response=response, assertion=assertion, is_encrypted=is_encrypted):
                    self.peer.set(entity_id, saml20__sign__response=response, saml20__sign__assertion=assertion, assertion__encryption=is_encrypted)
                    browser, page = self.sign_in(connection)
                    self.assert_signed_in(page, "ada@lincoln.example")
                    self.assertIn("Ada <&> Ä", page.words)
                    sent = sent_response(browser)
                    if is_encrypted:
                        self.assertEqual(encryption(sent), ["aes128-cbc", "rsa-oaep-mgf1p"])
                    else:
                        self.assertEqual(signed_parts(sent), ["assertion"] * assertion + ["response"] * response)

    def test_an_encrypted_name_id(self):
        connection = self.connect()
        self.peer.read_application(our_metadata(connection), **{"nameid.encryption": True})
        browser, page = self.sign_in(connection)
        self.assert_signed_in(page, "ada@lincoln.example")
        sent = sent_response(browser)
        self.assertEqual((len(sent.findall(".//saml:EncryptedID", XML)), len(sent.findall(".//saml:NameID", XML))), (1, 0))

    def test_the_second_sign_in_needs_no_log_in(self):
        connection = self.connect()
        self.peer.read_application(our_metadata(connection))
        browser, page = self.sign_in(connection)
        page = browser.visit(connection["login_url"])
        self.assert_signed_in(page, "ada@lincoln.example")

    def test_where_the_person_was_going(self):
        connection = self.connect()
        self.peer.read_application(our_metadata(connection))
        browser = Browser()
        start = f"{connection['login_url']}?{urllib.parse.urlencode({'return_to': '/me?from=tests&also=<&>'})}"
        page = self.peer.log_in(browser, browser.visit(start), "grace", "hopper")
        self.assertEqual(page.url, f"{self.gatepost.url}/me?from=tests&also=<&>".replace("<", "%3C").replace(">", "%3E"))
        self.assertIn("grace@lincoln.example", page.words)

    def test_a_second_browser_cannot_use_the_answer(self):
        connection = self.connect()
        self.peer.read_application(our_metadata(connection))
        browser, page = self.sign_in(connection)
        self.assert_signed_in(page)
        _, _, posted = next(step for step in browser.steps if step[2] and "SAMLResponse" in step[2])
        page = Browser().post(connection["acs_url"], posted, self.peer.url)
        self.assertEqual(page.status, 403, page.words[:300])


class Requests(InteropCase):
    make_peer = SimpleSamlPhp

    def setUp(self):
        self.peer.idp |= {"SingleSignOnServiceBinding": [simplesamlphp.REDIRECT, simplesamlphp.POST], "validate.authnrequest": True, "redirect.validate": True}
        self.peer.save()

    def connection(self, *bindings):
        self.peer.idp["SingleSignOnServiceBinding"] = list(bindings)
        self.peer.save()
        # Its metadata say that it wants requests signed; ours follow.
        connection = self.connect()
        self.peer.read_application(our_metadata(connection))
        return connection

    def log_in_page_of(self, connection):
        browser = Browser()
        return browser, browser.visit(connection["login_url"])

    def test_signed_requests_by_redirect_are_verified(self):
        connection = self.connection(simplesamlphp.REDIRECT, simplesamlphp.POST)
        browser, page = self.log_in_page_of(connection)
        _, binding, query = sent_request(browser)
        self.assertEqual((binding, query["SigAlg"]), ("HTTP-Redirect", simplesamlphp.SHA256))
        self.assert_signed_in(self.peer.log_in(browser, page))

        for changed in {"RelayState": "_" + "0" * 40}, {"SigAlg": simplesamlphp.SHA1}, {"Signature": flipped(query["Signature"])}:
            with self.subTest(changed=list(changed)):
                url = f"{self.peer.url}saml2/idp/SSOService.php?{urllib.parse.urlencode(query | changed)}"
                self.assert_refused_there(requests.get(url, timeout=30))
        unsigned = {name: query[name] for name in ("SAMLRequest", "RelayState")}
        url = f"{self.peer.url}saml2/idp/SSOService.php?{urllib.parse.urlencode(unsigned)}"
        self.assert_refused_there(requests.get(url, timeout=30))

    def test_signed_requests_by_post_are_verified(self):
        connection = self.connection(simplesamlphp.POST)
        browser, page = self.log_in_page_of(connection)
        request, binding, fields = sent_request(browser)
        self.assertEqual(binding, "HTTP-POST")
        self.assertEqual(len(request.findall("{http://www.w3.org/2000/09/xmldsig#}Signature")), 1)
        self.assert_signed_in(self.peer.log_in(browser, page))

        tampered = fields | {"SAMLRequest": with_other_text(fields["SAMLRequest"], b'Version="2.0"', b'Version="2.0" ForceAuthn="true"')}
        self.assert_refused_there(requests.post(f"{self.peer.url}saml2/idp/SSOService.php", data=tampered, timeout=30))

    def assert_refused_there(self, answer):
        # Its pages about errors have the status 200; they name the exception.
        self.assertNotIn('type="password"', answer.text)
        # A signature in XML that does not verify is none, to its library.
        self.assertRegex(Page(answer).words, "Unable to validate signature on query string|no signature found on message")


class Metadata(InteropCase):
    make_peer = SimpleSamlPhp

    def test_our_metadata_as_its_parser_reads_them(self):
        connection = self.connect()
        self.peer.read_application(our_metadata(connection))
        read = self.peer.applications[connection["sp_entity_id"]]
        [acs] = read["AssertionConsumerService"]
        self.assertEqual((acs["Location"], acs["Binding"]), (connection["acs_url"], simplesamlphp.POST))
        uses = [(key["signing"], key["encryption"]) for key in read["keys"]]
        self.assertEqual(sorted(uses), [(False, True), (True, False)])

    def test_our_metadata_are_signed(self):
        metadata = our_metadata(self.connect())
        [certificate, *_] = etree.fromstring(metadata).xpath("//md:KeyDescriptor[@use='signing']//ds:X509Certificate/text()", namespaces=XML)
        (self.folder / "ours.crt").write_text(ssl.DER_cert_to_PEM_cert(base64.b64decode(certificate)))
        for is_good, text in (True, metadata), (False, metadata.replace(b"/acs", b"/acz")):
            (self.folder / "ours.xml").write_bytes(text)
            verify = ["xmlsec1", "--verify", "--pubkey-cert-pem", self.folder / "ours.crt",
                      "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor", self.folder / "ours.xml"]
            if is_good:
                loopback.run(*verify)
            else:
                self.assertRaises(RuntimeError, loopback.run, *verify)


def flipped(signature):
    """A signature with one character changed."""
    return ("A" if signature[0] != "A" else "B") + signature[1:]


def with_other_text(message, old, new):
    """A base64 message with other bytes in place of some."""
    read = base64.b64decode(message)
    assert old in read, read[:400]
    return base64.b64encode(read.replace(old, new)).decode()
