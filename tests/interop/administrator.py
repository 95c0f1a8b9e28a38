"""An administrator who does what a mend says, to the letter, and knows nothing else.

`follow` reads the sentence that Gatepost shows and does the first thing that it asks for, with the values of the same
step. A sentence that it does not understand is a failure: then the words are at fault, not the person.
"""

import hashlib
import re
import ssl

import loopback
from interop_case import our_metadata
from simplesamlphp import SHA256


class Administrator:
    """Of SimpleSAMLphp and of the connection at Gatepost."""

    def __init__(self, gatepost, peer, connection, application):
        self.gatepost, self.peer, self.connection, self.application = gatepost, peer, connection, application
        self.step = None

    def follow(self, told):
        """Does what the deciding step of a refused attempt says."""
        self.step = next(step for step in told["steps"] if step["name"] == told["step"])
        assert (self.step["outcome"], self.step["code"]) == ("fail", told["code"]), told
        for instruction, act in self.INSTRUCTIONS:
            if re.search(instruction, self.step["mend"]):
                act(self)
                return
        raise AssertionError(f"{told['code']}: nobody could follow {self.step['mend']!r} (wanted {self.step['wanted']!r}, found {self.step['found']!r})")

    @property
    def wanted(self):
        """The value shown as wanted."""
        assert self.step["wanted"], f"{self.step['code']} shows no value as wanted"
        return self.step["wanted"]

    @property
    def found(self):
        """The value shown as found."""
        assert self.step["found"], f"{self.step['code']} shows no value as found"
        return self.step["found"]

    def set(self, **settings):
        """At the identity provider, of this application."""
        self.peer.set(self.application, **settings)

    def set_entity_id(self):
        """SimpleSAMLphp keeps applications under their entity ID."""
        moved = self.peer.applications.pop(self.application) | {"entityid": self.wanted}
        self.peer.applications[self.wanted] = moved
        self.application = self.wanted
        self.peer.save()

    def set_acs_url(self):
        [acs] = self.peer.applications[self.application]["AssertionConsumerService"]
        self.set(AssertionConsumerService=[acs | {"Location": self.wanted}])

    def set_clock(self):
        self.peer.stop()
        self.peer.start()

    def sign(self):
        self.set(saml20__sign__assertion=True)

    def choose_sha256(self):
        self.peer.idp["signature.algorithm"] = SHA256
        self.peer.save()

    def shorten_lifetime(self):
        [seconds] = re.findall(r"at most (\d+) s", self.wanted)
        self.set(assertion__lifetime=int(seconds))

    def set_name_id_format(self):
        self.set(NameIDFormat=self.wanted)

    def send_attribute(self):
        sent = self.peer.applications[self.application]["attributes"]
        self.set(attributes=[*sent, self.wanted])

    def read_our_metadata(self):
        settings = self.peer.applications[self.application]
        self.peer.read_application(our_metadata(self.connection))
        self.set(**{name: value for name, value in settings.items() if name not in ("keys", "entityDescriptor")})

    def sign_with_the_key_that_belongs_to_the_certificate(self):
        [wanted] = re.findall(r"SHA-256 ([0-9a-f]{64})", self.wanted)
        for certificate in self.peer.folder.glob("*.crt"):
            if hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest() == wanted:
                self.peer.idp["privatekey"] = certificate.with_suffix(".key").name
        self.peer.save()

    def add_certificate(self):
        """What the identity provider itself says of its certificate."""
        certificate = (self.peer.folder / self.peer.idp["certificate"])
        self.change("--add-certificate", certificate)

    def set_idp_entity_id(self):
        self.change("--idp-entity-id", self.found)

    def change(self, *arguments):
        """At Gatepost."""
        self.gatepost.say("connection", "update", self.connection["id"], *arguments)
        self.gatepost.wait_for_changes()

    INSTRUCTIONS = [
        (r"Set the Audience \(SP Entity ID, Identifier\) of this application to exactly the value shown as wanted", set_entity_id),
        (r"Set this application's ACS URL \(.*\) to exactly the value shown as wanted", set_acs_url),
        (r"[Ss]et the identity provider's clock by NTP", set_clock),
        (r"Switch on signing of the assertion", sign),
        (r"Choose SHA-256 at the identity provider", choose_sha256),
        (r"Shorten the assertion's lifetime at the identity provider", shorten_lifetime),
        (r"Set this application's NameID format at the identity provider to the one shown as wanted", set_name_id_format),
        (r"Add the attribute shown as wanted to those that the identity provider sends", send_attribute),
        (r"Have the identity provider read our metadata again", read_our_metadata),
        (r"Have the identity provider sign with the private key that belongs to that certificate", sign_with_the_key_that_belongs_to_the_certificate),
        (r"If the identity provider has a new certificate, add it to the connection", add_certificate),
        (r"If the value found is yours, set the connection's Entity ID to it", set_idp_entity_id),
    ]
