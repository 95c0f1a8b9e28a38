"""The identity provider's keys change. Its metadata are followed by their address; ours are signed and verified by xmlsec1."""

import base64
import ssl

from lxml import etree

import loopback
from browser import Browser
from interop_case import XML, InteropCase, our_metadata
from simplesamlphp import SimpleSamlPhp


class FollowedByAddress(InteropCase):
    make_peer = SimpleSamlPhp
    # The identity provider is on this machine and has no TLS.
    settings = {"GATEPOST__OUTBOUND__ALLOW_PRIVATE": "true", "GATEPOST__OUTBOUND__ALLOW_HTTP": "true"}

    def setUp(self):
        self.use("first")

    def use(self, key, announced=None):
        """Signs by this key; its metadata may announce another."""
        for name in key, announced:
            if name and not (self.peer.folder / f"{name}.key").exists():
                loopback.make_key(self.peer.folder, name)
        self.peer.idp |= {"privatekey": f"{key}.key", "certificate": f"{key}.crt"}
        for name in "new_privatekey", "new_certificate":
            self.peer.idp.pop(name, None)
        if announced:
            self.peer.idp |= {"new_privatekey": f"{announced}.key", "new_certificate": f"{announced}.crt"}
        self.peer.save()

    def followed(self):
        type(self).accounts += 1
        connection = self.gatepost.connect(f"school-{self.accounts}", "--metadata-url", self.peer.entity_id)
        self.peer.read_application(our_metadata(connection))
        return connection

    def sign_in(self, connection):
        browser = Browser()
        return self.peer.log_in(browser, browser.visit(connection["login_url"]))

    def test_a_key_that_was_announced(self):
        connection = self.followed()
        self.assert_signed_in(self.sign_in(connection))
        self.use("first", announced="second")
        self.gatepost.run("connection", "refresh", connection["id"])
        self.use("second")
        self.assert_signed_in(self.sign_in(connection))

    def test_a_key_that_was_not_announced(self):
        connection = self.followed()
        self.assert_signed_in(self.sign_in(connection))
        self.use("third")
        page = self.sign_in(connection)
        if page.status == 403:
            # Its metadata were read moments ago, and are not again so soon for anybody's message.
            self.assertEqual(self.gatepost.attempt(page.reference)["code"], "signature_key_unknown")
            self.gatepost.run("connection", "refresh", connection["id"])
            page = self.sign_in(connection)
        self.assert_signed_in(page)

    def test_a_key_that_is_gone_from_the_metadata_counts_no_more(self):
        connection = self.followed()
        self.use("second")
        self.gatepost.run("connection", "refresh", connection["id"])
        self.assert_signed_in(self.sign_in(connection))
        # The old key signs again, as whoever had stolen it would.
        self.peer.idp |= {"privatekey": "first.key"}
        self.peer.save()
        self.assertEqual(self.sign_in(connection).status, 403)

    def test_our_metadata_are_signed(self):
        connection = self.followed()
        metadata = our_metadata(connection)
        [certificate] = etree.fromstring(metadata).xpath("//md:KeyDescriptor[@use='signing']//ds:X509Certificate/text()", namespaces=XML)
        (self.folder / "ours.crt").write_text(ssl.DER_cert_to_PEM_cert(base64.b64decode(certificate)))
        for is_good, text in (True, metadata), (False, metadata.replace(b"/acs", b"/acz")):
            (self.folder / "ours.xml").write_bytes(text)
            verify = ["xmlsec1", "--verify", "--pubkey-cert-pem", self.folder / "ours.crt",
                      "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor", self.folder / "ours.xml"]
            if is_good:
                loopback.run(*verify)
            else:
                self.assertRaises(RuntimeError, loopback.run, *verify)
