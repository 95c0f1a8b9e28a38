"""Sign-ins by pysaml2: what it signs, AES-GCM, what it makes of our requests and metadata."""

import base64
import urllib.parse

import requests

from browser import Browser
from interop_case import InteropCase, encryption, sent_request, sent_response, signed_parts
from pysaml2_peer import Pysaml2

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


class Pysaml2Case(InteropCase):
    make_peer = Pysaml2

    def setUp(self):
        self.peer.set(signs="assertion", encrypts=False, wants_signed_requests=False, bindings=["HTTP-Redirect", "HTTP-POST"], service_providers=[])

    def connection(self, **settings):
        """A connection of the peer with these settings, each side with the other's metadata from its address."""
        self.peer.set(**settings)
        connection = self.connect()
        self.peer.set(service_providers=[connection["metadata_url"]])
        return connection

    def sign_in(self, connection):
        browser = Browser()
        page = self.peer.log_in(browser, browser.visit(connection["login_url"]))
        return browser, page


class Responses(Pysaml2Case):
    def test_each_way_to_sign_and_to_encrypt(self):
        connection = self.connection()
        for signs, parts in ("response", ["response"]), ("assertion", ["assertion"]), ("both", ["assertion", "response"]):
            for is_encrypted in False, True:
                with self.subTest(signs=signs, is_encrypted=is_encrypted):
                    self.peer.set(signs=signs, encrypts=is_encrypted)
                    browser, page = self.sign_in(connection)
                    self.assert_signed_in(page, "ada@lincoln.example")
                    sent = sent_response(browser)
                    if is_encrypted:
                        self.assertEqual(encryption(sent), ["aes256-gcm", "rsa-oaep-mgf1p"])
                    else:
                        self.assertEqual(signed_parts(sent), parts)

    def test_nothing_signed_is_refused_also_when_encrypted(self):
        connection = self.connection(signs="none")
        for is_encrypted in False, True:
            with self.subTest(is_encrypted=is_encrypted):
                self.peer.set(encrypts=is_encrypted)
                _, page = self.sign_in(connection)
                self.assertEqual(page.status, 403)
                told = self.gatepost.attempt(page.reference)
                self.assertEqual((told["verdict"], told["code"]), ("refused", "not_signed"))


class Requests(Pysaml2Case):
    def test_signed_requests_by_redirect_are_verified(self):
        connection = self.connection(wants_signed_requests=True)
        browser = Browser()
        page = browser.visit(connection["login_url"])
        _, binding, query = sent_request(browser)
        self.assertEqual((binding, query["SigAlg"]), ("HTTP-Redirect", RSA_SHA256))
        self.assert_signed_in(self.peer.log_in(browser, page))
        changes = [{"RelayState": "_" + "0" * 40}, {"Signature": base64.b64encode(bytes(256)).decode()}, {"Signature": None, "SigAlg": None}]
        for changed in changes:
            with self.subTest(changed=changed):
                sent = {name: value for name, value in (query | changed).items() if value is not None}
                answer = requests.get(f"{self.peer.url}/sso/redirect?{urllib.parse.urlencode(sent)}", timeout=30)
                self.assertEqual(answer.status_code, 400, answer.text)
                self.assertRegex(answer.text, "IncorrectlySigned")

    def test_signed_requests_by_post_are_verified(self):
        connection = self.connection(wants_signed_requests=True, bindings=["HTTP-POST"])
        browser = Browser()
        page = browser.visit(connection["login_url"])
        request, binding, fields = sent_request(browser)
        self.assertEqual((binding, len(request.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"))), ("HTTP-POST", 1))
        self.assert_signed_in(self.peer.log_in(browser, page))
        changed = base64.b64decode(fields["SAMLRequest"]).replace(b'Version="2.0"', b'Version="2.0" ForceAuthn="true"', 1)
        fields = fields | {"SAMLRequest": base64.b64encode(changed).decode()}
        answer = requests.post(f"{self.peer.url}/sso/post", data=fields, timeout=30)
        self.assertEqual(answer.status_code, 400, answer.text)
        self.assertRegex(answer.text, "Signature|IncorrectlySigned")

    def test_unsigned_requests_by_each_binding(self):
        for bindings, used in (["HTTP-Redirect", "HTTP-POST"], "HTTP-Redirect"), (["HTTP-POST"], "HTTP-POST"):
            with self.subTest(used=used):
                connection = self.connection(bindings=bindings)
                browser = Browser()
                page = browser.visit(connection["login_url"])
                _, binding, sent = sent_request(browser)
                self.assertEqual((binding, "Signature" in sent), (used, False))
                self.assert_signed_in(self.peer.log_in(browser, page))
