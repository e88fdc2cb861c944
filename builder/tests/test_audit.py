"""`penstock audit`: the gate for known vulnerabilities, against a service on the loopback interface."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from jsonschema import Draft202012Validator

from penstock_builder.reports import schemas

ADVISORY = {
    "id": "GHSA-0000-1111-2222",
    "aliases": ["CVE-2026-1"],
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "summary": "Rolls away",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "pebble"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}],
        }
    ],
    "references": [{"type": "ADVISORY", "url": "https://example.org/rolls"}],
}
ACCEPTED = (
    "policy:\n  accepted_advisories:\n    - id: {id}\n      reason: we lie flat\n      expires: {day}\n"
)


@pytest.fixture
def service(monkeypatch, demo, penstock):
    """A service of advisories that knows one, and a distribution with a lock; what it was asked for."""
    asked: list = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            asked.extend((one["package"]["name"], one["version"]) for one in queries)
            hit = {"vulns": [{"id": ADVISORY["id"], "modified": ADVISORY["modified"]}]}
            self.answer({"results": [hit if one["package"]["name"] == "pebble" else {} for one in queries]})

        def do_GET(self) -> None:
            self.answer(ADVISORY)

        def answer(self, content: dict) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    assert penstock("generate").code == 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield f"--service=http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_known_vulnerability_of_a_pin_fails_the_gate(service, penstock) -> None:
    address, asked = service
    done = penstock("audit", address)
    assert (done.code, asked) == (1, [("pebble", "1.1")])
    assert done.out == (
        "NAME    LOCKED  ADVISORY             FIXED IN  SAYS\n"
        "pebble  1.1     GHSA-0000-1111-2222  2.0       Rolls away\n"
    )
    assert done.err == "pins: 1, known vulnerabilities: 1, accepted: 0\n"


@pytest.mark.parametrize("name", ["GHSA-0000-1111-2222", "CVE-2026-1"])
def test_what_the_manifest_accepts_with_a_reason_passes(service, demo, penstock, small, name) -> None:
    address, _ = service
    demo.manifest(small + ACCEPTED.format(id=name, day='"2999-01-01"'))
    done = penstock("audit", address)
    assert (done.code, done.err) == (0, "pins: 1, known vulnerabilities: 1, accepted: 1\n")
    assert done.out.endswith("  2.0       accepted: we lie flat\n")


def test_an_exception_that_is_over_counts_no_more(service, demo, penstock, small) -> None:
    address, _ = service
    demo.manifest(small + ACCEPTED.format(id="CVE-2026-1", day='"2020-01-01"'))
    done = penstock("audit", address)
    assert done.code == 1
    assert done.err.startswith("warning: CVE-2026-1: was accepted until 2020-01-01: we lie flat\n")


def test_an_exception_for_nothing_is_a_warning(service, demo, penstock, small) -> None:
    address, _ = service
    demo.manifest(small + ACCEPTED.format(id="CVE-1999-1", day='"2999-01-01"'))
    done = penstock("audit", address)
    assert done.code == 1
    assert done.err.startswith("warning: CVE-1999-1: is accepted, and concerns no pin\n")


def test_the_answer_as_json_keeps_to_its_schema(service, penstock) -> None:
    address, _ = service
    report = json.loads(penstock("audit", address, "--json").out)
    Draft202012Validator(json.loads(schemas()["audit"])).validate(report)
    (found,) = report["vulnerabilities"]
    assert (found["aliases"], found["link"], report["passed"]) == (
        ["CVE-2026-1"],
        "https://example.org/rolls",
        False,
    )


def test_nothing_locked_is_nothing_to_ask(demo, penstock) -> None:
    demo.component("receiver", "otlp")
    penstock("generate")
    assert penstock("audit").err == "pins: 0, known vulnerabilities: 0, accepted: 0\n"


def test_without_a_lock_there_is_nothing_to_audit(demo, penstock) -> None:
    done = penstock("audit")
    assert (done.code, done.err) == (
        1,
        "out/requirements.lock: is missing\n\nhint: run: penstock lock\n",
    )


def test_a_service_that_does_not_answer_is_no_vulnerability(service, penstock, monkeypatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    done = penstock("audit", service[0])
    assert done.code == 3
    assert done.err.startswith("the advisories cannot be asked for:\n")
    assert done.err.endswith("\n\nhint: `--service URL` names another service that speaks OSV\n")


def test_an_exception_needs_a_reason_and_a_day_that_is_one(demo, penstock, small) -> None:
    demo.manifest(small + "policy:\n  accepted_advisories:\n    - {id: CVE-1, expires: soon}\n")
    done = penstock("audit")
    assert done.code == 2
    assert "policy.accepted_advisories[0].reason" in done.err
    assert "policy.accepted_advisories[0].expires" in done.err
