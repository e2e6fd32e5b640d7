"""script/advisories names a library with a known weakness, and what has the fix. Against a service of our own."""

import http.server
import json
import subprocess
import threading

import pytest

from tests.services import ROOT

pytestmark = pytest.mark.once
WEAK = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-11-20T00:00:00Z",
    "published": "2026-10-01T00:00:00Z",
    "summary": "A picture can read files",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "segno"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
        }
    ],
}


@pytest.fixture
def service():
    """The form of osv.dev: which of these versions are weak, and what each weakness is. `weak` may be changed."""
    weak, asked = {"segno"}, set()

    class Service(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            names = [each["package"]["name"] for each in queries]
            asked.update(names)
            known = {"id": WEAK["id"], "modified": WEAK["modified"]}
            self.say({"results": [{"vulns": [known]} if name in weak else {} for name in names]})

        def do_GET(self):
            self.say(WEAK)

        def say(self, what):
            content = json.dumps(what).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *said):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, weak, asked
    server.shutdown()
    server.server_close()


def run(server):
    command = ["script/advisories", "--service-url", f"http://127.0.0.1:{server.server_port}/"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)  # noqa: S603 -- our own


def test_a_weak_library_is_named_with_its_fix(service):
    server, _weak, asked = service
    done = run(server)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "GHSA-aaaa-bbbb-cccc: A picture can read files" in said and "Fixed in: 99.1" in said
    assert {"django", "cryptography", "pillow"} <= asked and "pytest" not in asked


def test_without_a_weakness_it_ends_well(service):
    server, weak, _asked = service
    weak.clear()
    done = run(server)
    assert done.returncode == 0, done.stdout + done.stderr
