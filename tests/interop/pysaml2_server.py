"""An identity provider over pysaml2's `Server`: `pysaml2_server.py FOLDER PORT`.

Its settings are `FOLDER/settings.json`, read anew at each request; service providers are known by the metadata at the
addresses in there, which pysaml2 fetches itself.
"""

import html
import json
import pathlib
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, server, xmldsig
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID

AES_256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
PEOPLE = {
    "ada": {
        "password": "lovelace",
        "subject": "7f1c0a9e-ada",
        "attributes": {"mail": ["ada@lincoln.example"], "givenName": ["Ada"], "sn": ["Lovelace"], "eduPersonAffiliation": ["member", "staff"]},
    },
}


class IdentityProvider:
    """What the settings of this moment make of pysaml2."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.lock = threading.Lock()
        self.read, self.server, self.settings = None, None, None

    def now(self):
        """pysaml2's server with the settings as they stand."""
        text = (self.folder / "settings.json").read_text()
        with self.lock:
            if text != self.read:
                self.settings = json.loads(text)
                self.server = self.make(self.settings)
                self.read = text
            return self.server, self.settings

    def make(self, settings):
        """pysaml2 reads its configuration, and fetches the service providers' metadata."""
        sso = [(f"{self.url}/sso/redirect", BINDING_HTTP_REDIRECT), (f"{self.url}/sso/post", BINDING_HTTP_POST)]
        config = IdPConfig().load({
            "entityid": f"{self.url}/metadata",
            "key_file": str(self.folder / f"{settings['key']}.key"),
            "cert_file": str(self.folder / f"{settings['key']}.crt"),
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "metadata": {"remote": [{"url": url} for url in settings["service_providers"]]},
            "allow_unknown_attributes": True,
            "service": {"idp": {
                "name": "Lincoln",
                "endpoints": {"single_sign_on_service": [pair for pair in sso if pair[1].endswith(tuple(settings["bindings"]))]},
                "want_authn_requests_signed": settings["wants_signed_requests"],
                "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                "policy": {"default": {"lifetime": {"minutes": 10}, "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}},
                "signing_algorithm": xmldsig.SIG_RSA_SHA256,
                "digest_algorithm": xmldsig.DIGEST_SHA256,
            }},
        })
        made = server.Server(config=config)
        encrypt = made.sec.crypto.encrypt_assertion

        def with_gcm(statement, enc_key, template, key_type=None, node_xpath=None):
            # pysaml2 has Triple-DES written into it; everything else of its encryption is used as it is.
            template.encryption_method.algorithm = AES_256_GCM
            return encrypt(statement, enc_key, template, "aes-256", node_xpath)

        made.sec.encrypt_assertion = with_gcm
        return made


class Handler(BaseHTTPRequestHandler):
    """Metadata, two single sign-on addresses, the log-in form, and the portal's tile."""

    idp = None
    waiting = {}

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="text/html; charset=utf-8"):
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fields(self):
        if self.command == "POST":
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        else:
            text = urlsplit(self.path).query
        return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}

    def do_GET(self):
        self.handle_all()

    def do_POST(self):
        self.handle_all()

    def handle_all(self):
        path, fields = urlsplit(self.path).path, self.fields()
        try:
            pysaml2, settings = self.idp.now()
            if path == "/metadata":
                self.answer(200, str(entity_descriptor(pysaml2.config)), "application/samlmetadata+xml")
            elif path == "/sso/redirect":
                self.ask(self.received(pysaml2, fields, BINDING_HTTP_REDIRECT), fields.get("RelayState"))
            elif path == "/sso/post":
                self.ask(self.received(pysaml2, fields, BINDING_HTTP_POST), fields.get("RelayState"))
            elif path == "/portal":
                self.ask({"sp": fields["sp"], "id": None, "acs": self.acs(pysaml2, fields["sp"])}, fields.get("RelayState"))
            elif path == "/login":
                self.let_in(pysaml2, settings, fields)
            else:
                self.answer(404, "<h1>Nothing here</h1>")
        except Exception as error:  # whatever pysaml2 raises is its refusal, and the test reads which
            self.answer(400, f"<h1>Refused by pysaml2</h1><p>{html.escape(type(error).__name__)}: {html.escape(str(error))}</p>")

    def received(self, pysaml2, fields, binding):
        """Reads and verifies a request as pysaml2 does."""
        signature = {"sigalg": fields.get("SigAlg"), "signature": fields.get("Signature")}
        signature = signature if binding == BINDING_HTTP_REDIRECT else {}
        read = pysaml2.parse_authn_request(fields["SAMLRequest"], binding, relay_state=fields.get("RelayState"), **signature)
        given = pysaml2.response_args(read.message)
        assert given["binding"] == BINDING_HTTP_POST
        return {"sp": given["sp_entity_id"], "id": given["in_response_to"], "acs": given["destination"]}

    @staticmethod
    def acs(pysaml2, sp):
        return pysaml2.metadata.assertion_consumer_service(sp, BINDING_HTTP_POST)[0]["location"]

    def ask(self, request, relay_state):
        handle = secrets.token_urlsafe(16)
        self.waiting[handle] = (request, relay_state)
        self.answer(200, f'<h1>Log in</h1><form method="post" action="/login"><input type="hidden" name="handle" value="{handle}">'
                    '<input name="username"><input type="password" name="password"><button>Log in</button></form>')

    def let_in(self, pysaml2, settings, fields):
        person = PEOPLE[fields["username"]]
        assert secrets.compare_digest(person["password"], fields["password"])
        request, relay_state = self.waiting.pop(fields["handle"])
        response = pysaml2.create_authn_response(
            identity=person["attributes"],
            in_response_to=request["id"],
            destination=request["acs"],
            sp_entity_id=request["sp"],
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=person["subject"], sp_name_qualifier=request["sp"]),
            authn={"class_ref": PASSWORDPROTECTEDTRANSPORT},
            sign_response=settings["signs"] in ("response", "both"),
            sign_assertion=settings["signs"] in ("assertion", "both"),
            encrypt_assertion=settings["encrypts"],
            encrypted_advice_attributes=False,
        )
        posted = pysaml2.apply_binding(BINDING_HTTP_POST, str(response), request["acs"], relay_state or "", response=True)
        self.answer(200, posted["data"])


def main():
    folder, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    Handler.idp = IdentityProvider(folder, f"http://127.0.0.1:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
