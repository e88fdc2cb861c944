"""The configuration of two tenants, `docs/dataflow/tenants.yaml`, run by the built wheel against real backends."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from penstock_api import Signal
from penstock_testkit import make
from penstock_testkit.projects import find_root

from .otlp import post
from .test_engine import logged

CONFIG = find_root(Path(__file__)) / "docs" / "dataflow" / "tenants.yaml"


class Backend(BaseHTTPRequestHandler):
    """Answers OTLP and requests for tokens; remembers the credentials that it was shown."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.server.shown.append(self.headers.get("authorization", ""))
        token = b'{"access_token": "blue-token", "token_type": "Bearer", "expires_in": 3600}'
        body = token if self.path == "/token" else b""
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def backend():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    server.shown = []
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def tenants(pencol, tmp_path):
    """The running engine: ports of the interface, of red and of blue; and the backends."""
    (tmp_path / "red").write_text("red-token\n")
    with backend() as red, backend() as blue:
        environ = {
            **os.environ,
            "ADMIN": "127.0.0.1:0",
            "RED": "127.0.0.1:0",
            "RED_TOKEN_FILE": str(tmp_path / "red"),
            "RED_BACKEND": red.url,
            "BLUE": "127.0.0.1:0",
            "BLUE_BACKEND": blue.url,
            "BLUE_SECRET": "hidden-secret",
            "BLUE_TOKEN_URL": f"{blue.url}/token",
        }
        words = [pencol, "engine", "run", "-c", str(CONFIG)]
        with subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True) as process:
            try:
                ports = listening(process)
                yield ports, red, blue, tmp_path / "red"
                process.send_signal(signal.SIGTERM)
                logged(process, "Shutdown complete.")
                assert process.wait(30) == 0
            finally:
                process.kill()


def listening(process):
    """The ports by who listens: `http_admin`, `red/ship`, `blue/ship`."""
    ports = {}
    while len(ports) < 3:
        fields = logged(process, "listening")
        ports[fields.get("dataflow.pipeline", "http_admin")] = fields["port"]
    logged(process, "Everything is ready. Begin running and processing data.")
    return ports


def send(port, spans):
    return post(port, "/v1/traces", make(Signal.TRACES, spans).to_bytes())


def test_each_tenant_has_its_credentials_and_its_quota_and_the_engine_shows_both(tenants):
    ports, red, blue, _ = tenants
    assert [send(ports["red/ship"], 60) for _ in range(3)] == [200, 200, 200]
    assert [send(ports["blue/ship"], 60) for _ in range(3)] == [200, 503, 503]
    assert red.shown == ["Bearer red-token"] * 3
    assert blue.shown[0].startswith("Basic ")
    assert blue.shown[1:] == ["Bearer blue-token"]
    status = json.loads(
        urllib.request.urlopen(f"http://127.0.0.1:{ports['http_admin']}/api/v1/status").read()
    )
    assert [one["id"] for one in status["extensions"]] == ["quota"]
    assert [one["ready"] for one in status["pipelines"]] == [True, True]
    shown = urllib.request.urlopen(f"http://127.0.0.1:{ports['http_admin']}/api/v1/config").read().decode()
    assert "hidden-secret" not in shown


def test_a_token_file_that_changes_is_sent_from_then_on(tenants):
    ports, red, _, file = tenants
    file.write_text("red-token-2\n")
    until = time.monotonic() + 30
    while "Bearer red-token-2" not in red.shown and time.monotonic() < until:
        assert send(ports["red/ship"], 1) == 200
    assert red.shown[-1] == "Bearer red-token-2"
