"""The admin interface of an engine that runs: what it says is so, and what it changes changes."""

import logging

import httpx
import pytest

from penstock_api import BuildInfo, Deadline
from penstock_collector.discovery import installed
from penstock_dataflow import Dataflow, validate
from penstock_engine import LoopClock
from penstock_engine.metrics import Registry

PIPELINE = {
    "nodes": {
        "in": {"type": "receiver:otlp", "config": {"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}}},
        "out": {
            "type": "exporter:otlp_http",
            "config": {"endpoint": "http://127.0.0.1:9", "headers": {"x": "s3cret"}},
        },
    },
    "connections": [{"from": "in", "to": "out"}],
}
CONFIG = {
    "version": "otel_dataflow/v1",
    "engine": {"http_admin": {"bind_address": "127.0.0.1:0", "token": "t0ken"}},
    "groups": {"edge": {"pipelines": {"ship": PIPELINE}}},
}
SHIP = "/api/v1/groups/edge/pipelines/ship"


@pytest.fixture
async def http():
    components, clock, registry = installed(), LoopClock(), Registry()
    flow = Dataflow.build(
        validate(CONFIG, components),
        components,
        build=BuildInfo("test", "a service under test", "1.0.0"),
        clock=clock,
        meter=registry,
        log=logging.getLogger("penstock.dataflow"),
        metrics=registry.series,
    )
    await flow.start()
    base = "http://{}:{}".format(*flow.admin_address)
    async with httpx.AsyncClient(base_url=base, headers={"authorization": "Bearer t0ken"}) as client:
        yield client
    assert await flow.stop(Deadline.after(clock, 10.0)) == ()


async def test_status_probes_and_metrics_are_those_of_the_engine(http):
    status = (await http.get("/api/v1/status")).json()
    (pipeline,) = status["pipelines"]
    assert (status["ready"], pipeline["phase"], set(pipeline["copies"][0]["nodes"])) == (
        True,
        "Running",
        {"in", "out"},
    )
    assert (await http.get(f"{SHIP}/readyz")).json() == {"ok": True}
    assert "otelcol_exporter_queue_size" in (await http.get("/metrics")).text


async def test_r_13_the_config_is_shown_without_its_secrets_and_the_engine_keeps_them(http):
    shown = (await http.get("/api/v1/config")).json()
    assert "s3cret" not in str(shown)
    assert "t0ken" not in str(shown)
    assert shown["groups"]["edge"]["pipelines"]["ship"]["nodes"]["out"]["config"]["headers"] == {
        "x": "[REDACTED]"
    }
    assert (await http.get("/api/v1/status")).status_code == 200


async def test_a_pipeline_is_created_replaced_and_deleted_while_others_run(http):
    other = "/api/v1/groups/edge/pipelines/other"
    created = await http.put(f"{other}?wait=true", json={"pipeline": PIPELINE})
    assert (created.status_code, created.json()["kind"], created.json()["state"]) == (
        200,
        "create",
        "succeeded",
    )
    described = {**PIPELINE, "nodes": {**PIPELINE["nodes"], "out": {"type": "exporter:nop"}}}
    replaced = await http.put(f"{other}?wait=true", json={"pipeline": described})
    assert (replaced.json()["kind"], replaced.json()["state"]) == ("replace", "succeeded")
    again = await http.put(f"{other}?wait=true", json={"pipeline": described})
    assert (again.json()["kind"], again.json()["state"]) == ("noop", "succeeded")
    assert (await http.delete(f"{other}?wait=true")).json()["state"] == "succeeded"
    assert (await http.get(other)).status_code == 404
    assert (await http.get(f"{SHIP}/readyz")).status_code == 200


async def test_a_replacement_that_cannot_start_is_rolled_back(http):
    broken = {
        **PIPELINE["nodes"],
        "out": {"type": "exporter:file", "config": {"path": "/no/such/folder/file"}},
    }
    failed = await http.put(f"{SHIP}?wait=true", json={"pipeline": {**PIPELINE, "nodes": broken}})
    assert failed.json()["state"] == "rolled_back"
    assert "No such file or directory" in failed.json()["error"]
    assert (await http.get(f"{SHIP}/readyz")).json() == {"ok": True}


async def test_a_pipeline_that_is_wrong_is_refused_and_nothing_changes(http):
    wrong = {**PIPELINE, "connections": [{"from": "in", "to": "outt"}]}
    refused = await http.put(SHIP, json={"pipeline": wrong})
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["what"] == "no such node: outt"
    assert refused.json()["problems"][0]["hint"] == "did you mean `out`?"


async def test_a_pipeline_is_drained_and_stays_stopped(http):
    stopped = await http.post(f"{SHIP}/shutdown?wait=true")
    assert (stopped.json()["kind"], stopped.json()["state"]) == ("shutdown", "succeeded")
    assert (await http.get(SHIP)).json()["phase"] == "Stopped"
    assert (await http.get("/api/v1/readyz", headers={})).status_code == 503
