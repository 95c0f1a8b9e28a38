"""scim2-server (PyPI) as the provisioning target, and in front of it what Zoom has and a standard server lacks.

What is scim2-server's: users, groups, lists, filters, PATCH, ids, validation against its schemas, every status and error of
these. It runs as its own process, its own command, in memory. To its default schemas Zoom's extension of users is added by
`--schema` and `--resource-type`, as an operator of it would: by the RFC a server refuses what no schema of it knows.

What is the shim's (this file, `Shim`), since no standard server has it:

* `POST /oauth/token`: Zoom's token endpoint; the token is the one that scim2-server was told to accept;
* `PUT /scim2/Users/{id}`: Zoom's PUT is a partial change. The shim reads the user from scim2-server, lays what was sent over
  it and puts the whole, which scim2-server judges;
* `DELETE /v2/users/{id}`: Zoom's REST deletion, passed on as SCIM's DELETE;
* every other `/v2/…`: refused for want of a scope, as an app is that was given SCIM alone.

Everything else goes through byte for byte, and so do the answers.
"""

import http.server
import json
import pathlib
import sys
import threading
import urllib.error
import urllib.request

import loopback

ZOOM = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TOKEN = "interop-token-of-scim2-server"
SECRET = "interop-client-secret"


def boolean(name):
    """An attribute of a schema (RFC 7643, 7)."""
    return {"name": name, "type": "boolean", "multiValued": False, "required": False, "mutability": "readWrite", "returned": "default"}


class Scim2Server:
    """The server's process."""

    def __init__(self, folder):
        self.folder, self.port = folder, loopback.free_port()
        self.log = folder / "scim2-server.log"
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        """Starts it with Zoom's extension among its schemas."""
        import scim2_server

        shipped = pathlib.Path(scim2_server.__file__).parent / "resources"
        schemas = json.loads((shipped / "default-schemas.json").read_text())
        types = json.loads((shipped / "default-resource-types.json").read_text())
        login = {"name": "loginType", "type": "complex", "multiValued": False, "required": False, "mutability": "readWrite",
                 "returned": "default", "subAttributes": [boolean("workEmail"), boolean("sso")]}
        schemas.append({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": ZOOM, "name": "Zoom User",
            "description": "What Zoom adds to users", "attributes": [login],
        })
        user = next(kind for kind in types if kind["id"] == "User")
        user["schemaExtensions"].append({"schema": ZOOM, "required": False})
        for name, content in ("schemas", schemas), ("types", types):
            (self.folder / f"{name}.json").write_text(json.dumps(content))
        program = pathlib.Path(sys.executable).parent / "scim2-server"
        self.process = loopback.start(
            [program, "--port", self.port, "--bearer-token", TOKEN, "--schema", self.folder / "schemas.json",
             "--resource-type", self.folder / "types.json"],
            self.log,
        )
        loopback.wait_for_port(self.port, self.process, self.log)

    def stop(self):
        """Ends it."""
        if self.process:
            loopback.stop(self.process)
            self.process = None

    def ask(self, method, path, body=None):
        """Asks it past the shim: status and JSON."""
        sent = json.dumps(body).encode() if body is not None else None
        return forward(self.base, method, path, sent)

    def all(self, kind):
        """All of a kind, by a name that tells them apart."""
        status, _, body = self.ask("GET", f"/{kind}?count=1000")
        assert status == 200, body
        return json.loads(body).get("Resources", [])


def forward(base, method, path, body, kind="application/scim+json"):
    """Sends a request on: status, content type, body."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": kind}
    if body is not None:
        headers["Content-Type"] = kind
    request = urllib.request.Request(base + path, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers.get("Content-Type"), answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers.get("Content-Type"), refused.read()
    except urllib.error.URLError:
        # The server is away, as when it stands behind a proxy.
        return 502, None, b""


class Shim:
    """What Zoom has beside SCIM; see the head of this file."""

    def __init__(self, server):
        shim = self
        self.server, self.calls, self.refused = server, [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802, the library's name
                size = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(size) if size else None
                status, kind, answer = shim.answer(self.command, self.path, self.headers, body)
                self.send_response(status)
                if kind:
                    self.send_header("Content-Type", kind)
                if status != 204:
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(answer)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

            def log_message(self, *_):
                """Says nothing."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def stop(self):
        """Ends it."""
        self.http.shutdown()
        self.http.server_close()

    def answer(self, method, path, headers, body):
        """One request."""
        if path == "/oauth/token":
            told = {"access_token": TOKEN, "token_type": "bearer", "expires_in": 3600, "scope": "scim2"}
            return 200, "application/json", json.dumps(told).encode()
        assert headers.get("authorization") == f"Bearer {TOKEN}", "every call has the token"
        self.calls.append((method, path.partition("?")[0]))
        if path.startswith("/scim2/"):
            inner = path.removeprefix("/scim2")
            if method == "PUT":
                body = self.whole(inner, body)
            answer = forward(self.server.base, method, inner, body, headers.get("accept"))
            if answer[0] >= 400:
                self.refused.append((method, inner, answer[0], answer[2].decode()))
            return answer
        if method == "DELETE" and path.startswith("/v2/users/"):
            return forward(self.server.base, "DELETE", "/Users/" + path.removeprefix("/v2/users/").partition("?")[0], None)
        refusal = {"code": 4711, "message": "Invalid access token, does not contain scopes: [user:read:admin]."}
        return 400, "application/json", json.dumps(refusal).encode()

    def whole(self, path, sent):
        """What was sent over what is there: Zoom's PUT as the RFC's."""
        status, _, held = forward(self.server.base, "GET", path, None)
        assert status == 200, held
        held, sent = json.loads(held), json.loads(sent)
        for name in "meta", "groups":
            held.pop(name, None)
        for name, value in sent.items():
            if isinstance(value, dict) and isinstance(held.get(name), dict):
                held[name] |= value
            else:
                held[name] = value
        schemas = held.get("schemas", [])
        held["schemas"] = schemas + [name for name in sent.get("schemas", []) if name not in schemas]
        return json.dumps(held).encode()
