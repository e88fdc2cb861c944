"""The HTTP interface: what it shows, what it changes, and whom it turns away."""

import json
from pathlib import Path

import httpx
import pytest

from penstock_api import StartError, decode
from penstock_dataflow.admin import AdminServer, document
from penstock_dataflow.admin.app import make_app
from penstock_dataflow.admin.operations import OPERATIONS
from penstock_dataflow.config import HttpAdmin
from penstock_testkit import make_settings, running
from penstock_testkit.projects import find_root

from .admin_plane import FakePlane

PIPELINE = "/api/v1/groups/edge/pipelines/ship"
BODY = {"pipeline": {"nodes": {}}}


def client(plane=None, *, origin="http://127.0.0.1:8080", **config):
    app = make_app(
        plane or FakePlane(), decode(HttpAdmin, config), lambda: {"version": "x"}, {"service.name": "p"}
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=origin)


async def test_status_shows_pipelines_copies_nodes_and_extensions():
    async with client() as http:
        found = (await http.get("/api/v1/status")).json()
    (pipeline,) = found["pipelines"]
    assert (found["live"], found["ready"], pipeline["phase"]) == (True, True, "Running")
    assert pipeline["copies"][0]["nodes"]["in"] == {
        "status": "OK",
        "error": "",
        "since": "2023-11-14T22:13:20.000Z",
    }
    assert found["extensions"][0]["consumers"] == ["edge/ship/door"]


async def test_r_75_the_status_of_every_extension_is_shown():
    async with client() as http:
        found = (await http.get(PIPELINE)).json()["copies"][0]["extensions"]
    assert found == [
        {
            "id": "quota",
            "label": "extension quota",
            "state": "running",
            "error": "",
            "ready": True,
            "restarts": 0,
            "capabilities": ["rate_limiter"],
            "consumers": ["edge/ship/door"],
        }
    ]


@pytest.mark.parametrize("path", ["livez", "readyz"])
async def test_probes_say_yes_or_no_and_need_no_token(path):
    plane = FakePlane()
    async with client(plane, token="t") as http:
        assert (await http.get(f"/api/v1/{path}")).status_code == 200
        plane.ok = False
        answer = await http.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})


async def test_metrics_are_text_for_prometheus_or_json():
    async with client() as http:
        text = await http.get("/metrics")
        listed = await http.get("/api/v1/telemetry/metrics?format=json")
    assert 'otelcol_x_total{a="b"} 3' in text.text
    assert [(one["name"], one["value"]) for one in listed.json()["metrics"]] == [
        ("otelcol_x", 3.0),
        ("otelcol_y", None),
    ]


async def test_a_change_answers_when_it_has_begun_or_when_it_has_ended():
    plane = FakePlane(slow=True)
    async with client(plane) as http:
        begun = await http.put(PIPELINE, json={**BODY, "step_timeout_secs": 5})
        waited = await http.put(f"{PIPELINE}?wait=true&timeout_secs=0.01", json=BODY)
        plane.slow = False
        ended = await http.put(f"{PIPELINE}?wait=true", json=BODY)
    assert [one.status_code for one in (begun, waited, ended)] == [202, 202, 200]
    assert ended.json()["state"] == "succeeded"
    assert plane.asked[0] == ("edge/ship", "replace", 5.0, 60.0)


async def test_pipelines_and_groups_come_and_go():
    plane = FakePlane()
    async with client(plane) as http:
        assert (await http.post("/api/v1/groups/lab")).status_code == 201
        assert (await http.post("/api/v1/groups/lab")).status_code == 409
        assert (await http.post("/api/v1/groups/system")).status_code == 422
        assert (await http.get("/api/v1/groups")).json() == {"names": ["edge", "lab"]}
        assert (await http.post(f"{PIPELINE}/shutdown?drain_timeout_secs=3")).json()["kind"] == "shutdown"
        deleted = await http.delete(PIPELINE)
        assert (await http.get(f"/api/v1/rollouts/{deleted.json()['id']}")).json()["kind"] == "delete"
        assert (await http.get(PIPELINE)).status_code == 404
        assert (await http.delete("/api/v1/groups/edge")).json() == {"problems": ["it took long"]}
        assert (await http.get("/api/v1/groups/edge")).json()["detail"] == "no such group: edge"
    assert plane.asked[0] == ("edge/ship", "shutdown", 3.0)


async def test_a_wrong_configuration_is_told_with_every_mistake():
    async with client() as http:
        answer = await http.put(PIPELINE, json={"pipeline": {}})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["problems"] == [
        {"path": ["nodes"], "what": "required key is missing", "hint": "write it"}
    ]


@pytest.mark.parametrize(
    ("url", "body", "status", "detail"),
    [
        ("", b"{", 400, "the body is not JSON"),
        ("", b"[]", 400, "the body is not an object"),
        ("", b"[" * 100_000, 400, "the body is not JSON"),
        ("", b'{"pipelines": {}}', 400, "unknown in the body: pipelines"),
        ("", b"{}", 400, "`pipeline` must be an object"),
        ("", b'{"pipeline": {}, "drain_timeout_secs": "x"}', 400, "`drain_timeout_secs` must be a number: x"),
        (
            "",
            b'{"pipeline": {}, "step_timeout_secs": 0}',
            400,
            "`step_timeout_secs` must be more than 0 and at",
        ),
        ("?wait=maybe", b"{}", 400, "`wait` is true or false: maybe"),
        ("?timeout_secs=9999", b"{}", 400, "`timeout_secs` must be more than 0 and at most 3600: 9999"),
        ("?wait=true&wait=true", b"{}", 400, "twice in the query: wait"),
        ("?now=1", b"{}", 400, "unknown in the query: now"),
        ("", b" " * (8 << 20) + b"{}", 413, "the body is larger than 8 MiB"),
    ],
)
async def test_a_malformed_request_is_told_what_is_wrong(url, body, status, detail):
    async with client() as http:
        answer = await http.put(PIPELINE + url, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["title"]) == (status, answer.json()["title"])
    assert detail in answer.json()["detail"]


async def test_a_body_of_another_type_and_a_method_that_is_not_there_are_refused():
    async with client() as http:
        assert (await http.put(PIPELINE, content=b"{}")).json()[
            "detail"
        ] == "the body must be `application/json`"
        other = await http.post(PIPELINE)
        assert (other.status_code, set(other.headers["allow"].split(", "))) == (
            405,
            {"GET", "HEAD", "PUT", "DELETE"},
        )
        assert (await http.get("/nothing")).json()["status"] == 404


async def test_without_the_token_nothing_is_shown(tmp_path):
    file = tmp_path / "token"
    file.write_text("secret\n")
    for config in ({"token": "secret"}, {"token_file": str(file)}):
        async with client(**config) as http:
            assert (await http.get("/api/v1/status")).headers["www-authenticate"] == "Bearer"
            wrong = await http.get("/api/v1/status", headers={"authorization": "Bearer secret2"})
            assert (wrong.status_code, wrong.json()["detail"]) == (401, "the token is missing or wrong")
            right = await http.get("/api/v1/status", headers={"authorization": "bearer secret"})
            assert right.status_code == 200
    file.unlink()
    async with client(token_file=str(file)) as http:
        assert (await http.get("/api/v1/status", headers={"authorization": "Bearer "})).status_code == 401


async def test_in_read_only_mode_nothing_changes():
    plane = FakePlane()
    async with client(plane, read_only=True) as http:
        answer = await http.delete(PIPELINE)
        assert (await http.get(PIPELINE)).status_code == 200
    assert (answer.status_code, plane.asked) == (403, [])
    assert answer.json()["detail"] == "it only shows: `engine.http_admin.read_only` is set"


async def test_pages_of_a_browser_change_nothing():
    plane = FakePlane()
    async with client(plane) as http:
        answer = await http.post(f"{PIPELINE}/shutdown", headers={"origin": "http://evil.example"})
    assert (answer.status_code, plane.asked) == (403, [])
    assert answer.json()["detail"] == "pages of a browser change nothing here"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1", 200),
        ("[::1]", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
    ],
)
async def test_a_name_that_only_resolves_to_us_is_turned_away(host, status):
    async with client(origin=f"http://{host}:8080") as http:
        assert (await http.get("/api/v1/status")).status_code == status


async def test_answers_are_not_kept_nor_put_into_frames():
    async with client() as http:
        headers = (await http.get("/api/v1/status")).headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_a_defect_is_an_answer_without_its_text():
    plane = FakePlane()
    plane.pipelines = lambda: 1 / 0
    async with client(plane) as http:
        answer = await http.get("/api/v1/status")
    assert (answer.status_code, answer.json()["detail"]) == (500, "ZeroDivisionError")


def test_every_operation_is_in_the_document_and_the_document_is_published():
    made = document()
    listed = {(method.upper(), path) for path, methods in made["paths"].items() for method in methods}
    assert listed == {(one.method, one.path) for one in OPERATIONS}
    published = find_root(Path(__file__)) / "docs" / "dataflow" / "openapi.json"
    assert json.loads(published.read_text()) == made


async def test_it_serves_on_a_socket():
    server = AdminServer(
        make_settings(), decode(HttpAdmin, {"bind_address": "127.0.0.1:0"}), FakePlane(), dict, {}
    )
    async with running(server), httpx.AsyncClient() as http:
        answer = await http.get("http://{}:{}/api/v1/status".format(*server.address))
    assert answer.status_code == 200


async def test_a_token_file_that_cannot_be_read_fails_the_start(tmp_path):
    config = decode(HttpAdmin, {"bind_address": "127.0.0.1:0", "token_file": str(tmp_path / "no")})
    with pytest.raises(StartError, match=r"cannot read the file: No such file or directory: .*no"):
        await AdminServer(make_settings(), config, FakePlane(), dict, {}).start()
