"""Misconfigurations at SimpleSAMLphp. Each is refused; what the trace says first is done by the letter; then it works."""

import urllib.parse

import loopback
import simplesamlphp
from administrator import Administrator
from browser import Browser
from interop_case import InteropCase, our_metadata
from simplesamlphp import SimpleSamlPhp


class Mends(InteropCase):
    make_peer = SimpleSamlPhp

    def setUp(self):
        self.peer.idp = {
            name: value for name, value in self.peer.idp.items() if name != "saml20.sign.assertion"
        } | {"entityid": self.peer.entity_id, "privatekey": "first.key", "certificate": "first.crt", "signature.algorithm": simplesamlphp.SHA256}
        self.peer.applications = {}
        self.peer.save()

    def connected(self, *arguments):
        """A connection that works, and somebody who may change it on both sides."""
        connection = self.connect(*arguments)
        application = self.peer.read_application(our_metadata(connection))
        return Administrator(self.gatepost, self.peer, connection, application)

    def sign_in(self, administrator):
        browser = Browser()
        return self.peer.log_in(browser, browser.visit(administrator.connection["login_url"]))

    def from_the_portal(self, administrator):
        browser = Browser()
        return self.peer.log_in(browser, browser.visit(self.peer.starting_from_here(administrator.application)))

    def holds(self, administrator, code, sign_in=None):
        """The sign-in is refused with `code`; the mend is followed; the sign-in works."""
        sign_in = sign_in or self.sign_in
        refused = sign_in(administrator)
        self.assertEqual(refused.status, 403, refused.words[:500])
        told = self.gatepost.attempt(refused.reference)
        self.assertEqual((told["verdict"], told["code"]), ("refused", code), told["steps"][-1])
        step = next(step for step in told["steps"] if step["name"] == told["step"])
        print(f"\n  {code}: wanted {step['wanted']!r}, found {step['found']!r}\n    {step['mend']}")
        administrator.follow(told)
        self.assert_signed_in(self.sign_in(administrator))

    def test_wrong_audience(self):
        administrator = self.connected()
        # Known by another name there, as when the field was filled in by hand; its portal sends people all the same.
        right = administrator.application
        self.peer.applications["urn:example:gatepost"] = self.peer.applications.pop(right) | {"entityid": "urn:example:gatepost"}
        self.peer.save()
        administrator.application = "urn:example:gatepost"
        self.holds(administrator, "audience_mismatch", self.from_the_portal)

    def test_wrong_acs_url(self):
        administrator = self.connected()
        wrong = administrator.connection["acs_url"].replace("localhost", "127.0.0.1")
        self.peer.set(administrator.application, AssertionConsumerService=[{"Binding": simplesamlphp.POST, "Location": wrong, "index": 0}])
        self.holds(administrator, "destination_mismatch")

    def test_acs_url_with_something_behind(self):
        administrator = self.connected()
        wrong = administrator.connection["acs_url"] + "?from=portal"
        self.peer.set(administrator.application, AssertionConsumerService=[{"Binding": simplesamlphp.POST, "Location": wrong, "index": 0}])
        self.holds(administrator, "destination_mismatch")

    def wrong_clock(self, how_far, code):
        administrator = self.connected()
        self.peer.stop()
        self.peer.start(how_far)
        try:
            self.holds(administrator, code)
        finally:
            self.peer.stop()
            self.peer.start()

    def test_clock_ahead(self):
        self.wrong_clock("+1h", "assertion_not_yet_valid")

    def test_clock_behind(self):
        self.wrong_clock("-1h", "confirmation_expired")

    def test_nothing_signed(self):
        administrator = self.connected()
        self.peer.set(administrator.application, saml20__sign__assertion=False, saml20__sign__response=False)
        self.holds(administrator, "not_signed")

    def test_sha1(self):
        administrator = self.connected()
        self.peer.idp["signature.algorithm"] = simplesamlphp.SHA1
        self.peer.save()
        self.holds(administrator, "signature_algorithm_sha1")

    def test_valid_for_two_days(self):
        administrator = self.connected()
        self.peer.set(administrator.application, assertion__lifetime=2 * 86400)
        self.holds(administrator, "validity_too_long")

    def test_transient_name_id(self):
        administrator = self.connected()
        self.peer.set(administrator.application, NameIDFormat="urn:oasis:names:tc:SAML:2.0:nameid-format:transient")
        self.holds(administrator, "name_id_transient")

    def test_missing_attribute(self):
        administrator = self.connected("--subject", "attribute:eduPersonPrincipalName")
        self.peer.set(administrator.application, attributes=["mail", "givenName", "sn"])
        self.holds(administrator, "mapping_required_missing")

    def test_an_old_encryption_certificate(self):
        administrator = self.connected()
        loopback.make_key(self.peer.folder, "ours-of-last-year")
        old = (self.peer.folder / "ours-of-last-year.crt").read_text()
        old = "".join(line for line in old.splitlines() if "-----" not in line)
        keys = [{"type": "X509Certificate", "signing": False, "encryption": True, "X509Certificate": old}]
        self.peer.set(administrator.application, keys=keys, assertion__encryption=True)
        self.holds(administrator, "decryption_failed")

    def test_a_new_key_of_the_identity_provider(self):
        administrator = self.connected()
        loopback.make_key(self.peer.folder, "second")
        self.peer.idp |= {"privatekey": "second.key", "certificate": "second.crt"}
        self.peer.save()
        self.holds(administrator, "signature_key_unknown")

    def test_another_entity_id_of_the_identity_provider(self):
        administrator = self.connected()
        self.peer.idp["entityid"] = "https://idp.lincoln.example/new-name"
        self.peer.save()
        self.holds(administrator, "issuer_mismatch")

    def test_a_certificate_that_is_not_its_own(self):
        """Metadata with the certificate of another machine: what a copied configuration leads to."""
        loopback.make_key(self.peer.folder, "of-another-machine")
        self.peer.idp["certificate"] = "of-another-machine.crt"
        self.peer.save()
        administrator = self.connected()
        self.holds(administrator, "signature_invalid")

    def test_the_acs_url_of_another_connection(self):
        """Copied from the wrong one of two: what comes there is for the other."""
        begun_at, administrator = self.connected(), self.connected()
        del self.peer.applications[administrator.application]
        self.peer.set(begun_at.application, AssertionConsumerService=[
            {"Binding": simplesamlphp.POST, "Location": administrator.connection["acs_url"], "index": 0},
        ])
        administrator.application = begun_at.application
        self.holds(administrator, "audience_mismatch", lambda _: self.sign_in(begun_at))
