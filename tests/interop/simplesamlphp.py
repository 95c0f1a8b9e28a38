"""SimpleSAMLphp (Debian's) as an identity provider on `http://127.0.0.1:PORT`, with what its administrator can set."""

import json
import os
import pathlib
import signal

import loopback

CODE = pathlib.Path("/usr/share/simplesamlphp")
SETTINGS = loopback.HERE / "simplesamlphp"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
# What a test's application releases unless told otherwise.
USUAL = {"NameIDFormat": EMAIL, "simplesaml.nameidattribute": "mail"}


class SimpleSamlPhp:
    """One identity provider; `idp` and `applications` are read anew at each request."""

    def __init__(self, folder):
        assert (CODE / "www").is_dir(), "Debian's package simplesamlphp is not installed"
        self.folder = folder
        self.port = loopback.free_port()
        self.url = f"http://127.0.0.1:{self.port}/simplesamlphp/"
        self.entity_id = f"{self.url}saml2/idp/metadata.php"
        self.log = folder / "php.log"
        self.process = None
        (folder / "www").mkdir()
        (folder / "www" / "simplesamlphp").symlink_to(CODE / "www")
        loopback.make_key(folder, "first")
        self.idp = {
            "entityid": self.entity_id,
            "host": "__DEFAULT__",
            "auth": "people",
            "privatekey": "first.key",
            "certificate": "first.crt",
            "signature.algorithm": SHA256,
            "attributes.NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
            "SingleSignOnServiceBinding": [REDIRECT, POST],
            # Releases what the application asks for, and everything when it asks for nothing.
            "authproc": {"50": {"class": "core:AttributeLimit"}},
        }
        self.applications = {}
        self.save()

    def start(self, wrong_clock=None):
        """Serves; `wrong_clock` is how far its clock is off, as faketime writes it."""
        environment = dict(os.environ)
        environment |= {
            "SIMPLESAMLPHP_CONFIG_DIR": str(SETTINGS / "config"),
            "INTEROP_DIR": str(self.folder),
            "INTEROP_URL": self.url,
        }
        clock = ["faketime", "-f", wrong_clock] if wrong_clock else []
        php = ["php", "-d", "display_errors=0", "-d", f"error_log={self.folder}/php-errors.log"]
        self.process = loopback.start(
            [*clock, *php, "-S", f"127.0.0.1:{self.port}", "-t", self.folder / "www"], self.log, env=environment,
        )
        loopback.wait_for_port(self.port, self.process, self.log)

    def stop(self):
        """Ends it."""
        if self.process:
            loopback.stop(self.process, signal.SIGKILL)
            loopback.wait_for_silence(self.port)
            self.process = None

    def save(self):
        """Writes the settings where the server reads them."""
        (self.folder / "idp.json").write_text(json.dumps(self.idp))
        (self.folder / "applications.json").write_text(json.dumps(self.applications))

    def read_application(self, metadata, **settings):
        """Registers a service provider by its metadata, as SimpleSAMLphp's own parser reads it. Gives the entity id."""
        environment = os.environ | {"SIMPLESAMLPHP_CONFIG_DIR": str(SETTINGS / "config"), "INTEROP_DIR": str(self.folder), "INTEROP_URL": self.url}
        read = json.loads(loopback.run("php", SETTINGS / "application.php", input=metadata, env=environment))
        self.applications[read["entityid"]] = read | USUAL | settings
        self.save()
        return read["entityid"]

    def set(self, entity_id, **settings):
        """Changes an application's settings; names with `__` for a dot."""
        self.applications[entity_id] |= {name.replace("__", "."): value for name, value in settings.items()}
        self.save()

    def starting_from_here(self, entity_id, relay_state=None):
        """Where the portal's tile of an application leads."""
        from urllib.parse import urlencode
        query = {"spentityid": entity_id} | ({"RelayState": relay_state} if relay_state else {})
        return f"{self.url}saml2/idp/SSOService.php?{urlencode(query)}"

    @staticmethod
    def log_in(browser, page, user="ada", password="lovelace"):
        """A person fills in the log-in form."""
        assert page.tree.xpath("//input[@type='password']"), f"no log-in form at {page.url}: {page.words[:600]}"
        return browser.press(page, username=user, password=password)
