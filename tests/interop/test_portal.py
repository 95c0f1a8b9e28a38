"""Sign-ins that begin at the identity provider's portal: begun anew with a request (the default), accepted, refused."""

from browser import Browser
from interop_case import InteropCase, our_metadata, sent_request, sent_response
from pysaml2_peer import Pysaml2
from simplesamlphp import SimpleSamlPhp


class FromThePortal:
    """What holds at each identity provider; the classes below say which."""

    def test_begun_anew_with_a_request(self):
        connection = self.known_to_each_other()
        browser = Browser()
        page = self.peer.log_in(browser, browser.visit(self.peer.starting_from_here(connection["sp_entity_id"])))
        if page.tree.xpath("//input[@type='password']"):
            # It keeps no session of its own, and asks again for the request that we sent.
            request, _, _ = sent_request(browser)
            page = self.peer.log_in(browser, page)
        else:
            request, _, _ = sent_request(browser)
        self.assert_signed_in(page, "ada@lincoln.example")
        self.assertEqual(sent_response(browser).get("InResponseTo"), request.get("ID"))

    def test_accepted(self):
        connection = self.known_to_each_other("--idp-initiated", "accept")
        browser = Browser()
        page = self.peer.log_in(browser, browser.visit(self.peer.starting_from_here(connection["sp_entity_id"])))
        self.assert_signed_in(page, "ada@lincoln.example")
        self.assertIsNone(sent_response(browser).get("InResponseTo"))

        _, _, posted = next(step for step in browser.steps if step[2] and "SAMLResponse" in step[2])
        page = Browser().post(connection["acs_url"], posted, self.peer.url)
        self.assertEqual(page.status, 403)
        self.assertEqual(self.gatepost.attempt(page.reference)["code"], "assertion_replayed")

    def test_refused(self):
        connection = self.known_to_each_other("--idp-initiated", "refuse")
        browser = Browser()
        page = self.peer.log_in(browser, browser.visit(self.peer.starting_from_here(connection["sp_entity_id"])))
        self.assertEqual(page.status, 403)
        self.assertEqual(self.gatepost.attempt(page.reference)["code"], "unsolicited")


class OfSimpleSamlPhp(FromThePortal, InteropCase):
    make_peer = SimpleSamlPhp

    def known_to_each_other(self, *arguments):
        connection = self.connect(*arguments)
        self.peer.read_application(our_metadata(connection))
        return connection


class OfPysaml2(FromThePortal, InteropCase):
    make_peer = Pysaml2

    def known_to_each_other(self, *arguments):
        connection = self.connect(*arguments)
        self.peer.set(service_providers=[connection["metadata_url"]])
        return connection
