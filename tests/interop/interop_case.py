"""What the tests share: a gateway, a folder, reading what browsers carried."""

import base64
import pathlib
import tempfile
import unittest
import urllib.parse
import zlib

import requests
from lxml import etree

import loopback
from browser import Browser
from gatepost import Gatepost

XML = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}


class InteropCase(unittest.TestCase):
    """One gateway and one identity provider for all tests of a class; `make_peer` says which."""

    make_peer = None
    settings = {}
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        cls.folder = pathlib.Path(cls.kept.name)
        cls.gatepost = Gatepost(cls.new_folder("gatepost"), **cls.settings)
        cls.peer = cls.make_peer(cls.new_folder("peer"))
        cls.addClassCleanup(cls.gatepost.stop)
        cls.addClassCleanup(cls.peer.stop)
        cls.gatepost.start()
        cls.peer.start()
        cls.accounts = 0

    @classmethod
    def new_folder(cls, name):
        made = cls.folder / name
        made.mkdir()
        return made

    def idp_metadata(self):
        """The identity provider's metadata as a file, as an administrator would save it."""
        answer = requests.get(self.peer.entity_id, timeout=30)
        self.assertEqual(answer.status_code, 200, answer.text[:500])
        path = self.folder / "idp-metadata.xml"
        path.write_bytes(answer.content)
        return path

    def connect(self, *arguments):
        """A connection of a fresh account, made from the identity provider's metadata."""
        type(self).accounts += 1
        return self.gatepost.connect(f"school-{self.accounts}", "--metadata", self.idp_metadata(), *arguments)

    def assert_signed_in(self, page, who="ada"):
        """The page is the person's own."""
        self.assertIsNotNone(page)
        self.assertEqual((page.status, page.url), (200, f"{self.gatepost.url}/me"), page.words[:600])
        self.assertIn(who, page.words)


def our_metadata(connection):
    """The gateway's metadata of a connection, from its address."""
    answer = requests.get(connection["metadata_url"], timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content


def sent_response(browser):
    """The Response that the browser posted last, as XML."""
    posted = [fields["SAMLResponse"] for _, _, fields in browser.steps if fields and "SAMLResponse" in fields]
    return etree.fromstring(base64.b64decode(posted[-1]))


def sent_request(browser):
    """The AuthnRequest that the browser carried, its binding, and the query or fields that it came in."""
    for _, url, fields in reversed(browser.steps):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        if "SAMLRequest" in query:
            return etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"]), -15)), "HTTP-Redirect", query
        if fields and "SAMLRequest" in fields:
            return etree.fromstring(base64.b64decode(fields["SAMLRequest"])), "HTTP-POST", fields
    raise AssertionError(f"no request among {[step[1][:80] for step in browser.steps]}")


def signed_parts(response):
    """Which parts of a Response carry a signature; an encrypted assertion shows none."""
    names = {"samlp": "response", "saml": "assertion"}
    found = [parent for parent in response.xpath("//ds:Signature/..", namespaces=XML)]
    return sorted(names[parent.prefix] if parent.prefix in names else etree.QName(parent).localname.lower() for parent in found)


def encryption(response):
    """The algorithms of an encrypted assertion: data, then key."""
    return [method.get("Algorithm").rsplit("#")[-1] for method in response.iter(f"{{{XML['xenc']}}}EncryptionMethod")]
