"""People and groups brought into a SCIM server that no one here wrote, by the program's own flows and command line.

What is scim2-server's here, and what is a shim of ours, stands at the head of scim2_peer.py. What became of it all is read
from scim2-server directly, past the shim, and compared."""

import json
import pathlib
import tempfile
import unittest

from browser import Browser
from gatepost import Failed, Gatepost
from scim2_peer import ENTERPRISE, SECRET, ZOOM, Scim2Server, Shim

IDP = "https://idp.district.example/saml"
KEYS = pathlib.Path(__file__).resolve().parents[2] / "src/saml/mint/keys"


class Provisioning(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.folder = pathlib.Path(kept.name)
        self.server = Scim2Server(self.folder)
        self.addCleanup(self.server.stop)
        self.server.start()
        self.shim = Shim(self.server)
        self.addCleanup(self.shim.stop)
        self.gatepost = Gatepost(
            self.folder, GATEPOST__OUTBOUND__ALLOW_PRIVATE="true", GATEPOST__OUTBOUND__ALLOW_HTTP="true",
        )
        self.gatepost.say("account", "create", "lincoln")
        secret = self.folder / "secret"
        secret.write_text(SECRET)
        self.gatepost.say(
            "zoom", "link", "set", "--account", "lincoln", "--use", "events,provisioning,inventory", "--cloud", "custom", "--account-id", "Interop01", "--client-id", "Interop01",
            "--client-secret-file", secret, "--web-base", self.shim.url, "--api-base", self.shim.url,
        )
        [self.settings] = self.gatepost.say("zoom", "provisioning", "--account", "lincoln")
        self.settings["toggles"] |= {"is_on": True, "may_deprovision": True, "most": None, "most_percent": None}
        self.settings["rules"] = [{"name": "Everybody"}]
        self.settings["follows_changes"] = False
        self.settings["mapping"]["rows"] += [
            {"attribute": "department", "from": {"text": "Arts"}},
            {"attribute": "title", "from": {"field": "username"}},
            {"attribute": "user_type", "from": {"text": "Licensed"}},
            {"attribute": "phone", "from": {"text": "+1 2015550123"}},
            {"attribute": "locale", "from": {"text": "en-US"}},
            {"attribute": "cost_center", "from": {"text": "C7"}},
        ]
        self.save()

    def save(self):
        path = self.folder / "settings.json"
        path.write_text(json.dumps(self.settings))
        self.gatepost.run("zoom", "provisioning", "--account", "lincoln", "--set", path)

    def people(self, *rows):
        path = self.folder / "people.csv"
        path.write_text("external_id,email,first_name,last_name,username\n" + "".join(f"{row}\n" for row in rows))
        self.gatepost.run("user", "import", "--account", "lincoln", path)

    def apply(self):
        """A run; nothing of it may have failed, nor anything have been refused."""
        before = len(self.shim.refused)
        [run] = self.gatepost.say("zoom", "apply", "--account", "lincoln")
        self.assertEqual((run["state"], run["failed"], run["problem"]), ("done", 0, None), run)
        self.assertEqual(self.shim.refused[before:], [])
        return run["totals"]["actions"]

    def users(self):
        return {user["userName"]: user for user in self.server.all("Users")}

    def members(self):
        names = {user["id"]: user["userName"] for user in self.server.all("Users")}
        return {
            group["displayName"]: sorted(names[member["value"]] for member in group.get("members", []))
            for group in self.server.all("Groups")
        }

    def test_people_are_created_changed_disabled_and_deleted(self):
        self.people("1,ada@lincoln.example,Ada,Lovelace,countess",
                    "3,grace@lincoln.example,Grace,Hopper,admiral", "4,joan@lincoln.example,Joan,Clarke,")
        self.assertEqual(self.apply(), {"create": 3})
        ada = self.users()["ada@lincoln.example"]
        for name in "id", "meta":
            self.assertTrue(ada.pop(name))
        self.assertEqual(sorted(ada.pop("schemas")), sorted([ENTERPRISE, "urn:ietf:params:scim:schemas:core:2.0:User", ZOOM]))
        self.assertEqual(ada, {
            "userName": "ada@lincoln.example", "name": {"givenName": "Ada", "familyName": "Lovelace"}, "active": True,
            "emails": [{"value": "ada@lincoln.example", "type": "work", "primary": True}], "title": "countess",
            "userType": "Licensed", "locale": "en-US", "phoneNumbers": [{"value": "+1 2015550123", "type": "work"}],
            ENTERPRISE: {"department": "Arts", "costCenter": "C7"}, ZOOM: {"loginType": {"workEmail": False, "sso": True}},
        })
        self.assertEqual(self.apply(), {}, "once it is done, there is nothing left to do")

        # Changed and emptied: both names go together, what is taken away is empty afterwards.
        self.people("1,ada@lincoln.example,Augusta,Lovelace,countess", "3,grace@lincoln.example,Grace,Hopper,")
        self.assertEqual(self.apply(), {"update": 2})
        users = self.users()
        self.assertEqual(users["ada@lincoln.example"]["name"], {"givenName": "Augusta", "familyName": "Lovelace"})
        self.assertFalse(users["grace@lincoln.example"].get("title"))
        self.assertEqual(users["grace@lincoln.example"][ENTERPRISE]["department"], "Arts", "what was not sent stays")
        self.assertEqual(self.apply(), {})

        # Shut out here, disabled there, and back again.
        [grace] = self.gatepost.say("user", "list", "--account", "lincoln", "--email", "grace@lincoln.example")
        self.gatepost.run("user", "disable", grace["id"], "--account", "lincoln")
        self.assertEqual(self.apply(), {"disable": 1})
        self.assertEqual({name: user["active"] for name, user in self.users().items()},
                         {"ada@lincoln.example": True, "grace@lincoln.example": False, "joan@lincoln.example": True})
        self.gatepost.run("user", "enable", grace["id"], "--account", "lincoln")
        self.assertEqual(self.apply(), {"update": 1})
        self.assertTrue(self.users()["grace@lincoln.example"]["active"])

        # Outside of the rules, with deleting chosen.
        self.settings["toggles"]["removal"] = "delete"
        self.settings["rules"] = [{"name": "Not Joan", "conditions": [{"field": "email", "is": "not", "values": ["joan@lincoln.example"]}]}]
        [now] = self.gatepost.say("zoom", "provisioning", "--account", "lincoln")
        self.settings["rules"][0]["id"] = now["rules"][0]["id"]
        self.save()
        self.assertEqual(self.apply(), {"delete": 1})
        self.assertEqual(sorted(self.users()), ["ada@lincoln.example", "grace@lincoln.example"])

    def test_somebody_who_is_there_is_adopted_only_with_proof(self):
        core = "urn:ietf:params:scim:schemas:core:2.0:User"
        status, _, made = self.server.ask("POST", "/Users", {
            "schemas": [core], "userName": "Ada@Lincoln.example", "active": True, "name": {"givenName": "A", "familyName": "L"},
        })
        self.assertEqual(status, 201, made)
        self.people("1,ada@lincoln.example,Ada,Lovelace,countess")
        self.assertEqual(self.apply(), {})
        self.settings["toggles"]["adopts_unproved"] = True
        self.save()
        self.assertEqual(self.apply(), {"update": 1})
        [ada] = self.server.all("Users")
        self.assertEqual((ada["id"], ada["name"]["givenName"]), (json.loads(made)["id"], "Ada"))

    def test_groups_are_made_and_their_members_come_and_go(self):
        self.settings["groups"] = ["Teachers", "IT", "Nobody"]
        self.settings["mapping"]["rows"] = self.settings["mapping"]["rows"][:3]
        self.save()
        self.gatepost.start()
        self.addCleanup(self.gatepost.stop)
        self.connection = self.gatepost.connect(
            "lincoln", "--preset", "okta", "--idp-initiated", "accept", "--idp-entity-id", IDP, "--sso-url",
            "http://127.0.0.1:9/sso", "--idp-certificate", KEYS / "idp-rsa.crt.pem",
        )
        self.gatepost.wait_for_changes()
        self.sign_in("alice")
        self.apply()
        self.assertEqual(self.members(), {"Teachers": ["alice@district.example"]}, "a group is made for somebody, not for nobody")
        # Somebody there puts another into the group.
        core = "urn:ietf:params:scim:schemas:core:2.0:User"
        _, _, eve = self.server.ask("POST", "/Users", {"schemas": [core], "userName": "eve@district.example"})
        [teachers] = self.server.all("Groups")
        add = {"op": "add", "path": "members", "value": [{"value": json.loads(eve)["id"]}]}
        patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [add]}
        self.assertEqual(self.server.ask("PATCH", f"/Groups/{teachers['id']}", patch)[0], 204)
        self.sign_in("bjoern")
        [alice] = self.gatepost.say("user", "list", "--account", "lincoln", "--email", "alice@district.example")
        self.gatepost.run("user", "disable", alice["id"], "--account", "lincoln")
        self.apply()
        self.assertEqual(self.members(), {"Teachers": ["eve@district.example"], "IT": ["bjoern@district.example"]})

    def sign_in(self, person):
        """A sign-in, which is where people's groups come from."""
        message = self.gatepost.run(
            "fixture", "mint", "--like", "okta", "--person", person, "--idp-entity-id", IDP, "--wire", "base64",
            "--sp-entity-id", self.connection["sp_entity_id"], "--acs-url", self.connection["acs_url"],
        )
        page = Browser().post(self.connection["acs_url"], {"SAMLResponse": message.strip()}, "http://127.0.0.1:9")
        self.assertEqual(page.status, 200, page.words[:600])

    def test_a_server_that_is_away_is_waited_for(self):
        self.people("1,ada@lincoln.example,Ada,Lovelace,")
        self.server.stop()
        with self.assertRaises(Failed):
            self.gatepost.say("zoom", "apply", "--account", "lincoln")
        [run] = self.gatepost.say("zoom", "runs", "--account", "lincoln")
        self.assertEqual((run["state"], run["ended_at"]), ("planning", None), run)
        self.assertIsNotNone(run["waits_until"])
        self.gatepost.run("zoom", "cancel", run["id"])


if __name__ == "__main__":
    unittest.main()
