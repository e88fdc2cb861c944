"""Nodes of the dataflow engine, the real ones, in flows that the engine runs."""

import contextlib
import logging
from dataclasses import dataclass, field, replace

import pytest

from penstock_api import (
    BuildInfo,
    Config,
    ConfigError,
    Deadline,
    ExporterFactory,
    PermanentError,
    Registered,
    RetryableError,
)
from penstock_collector.discovery import installed
from penstock_dataflow import Dataflow, validate
from penstock_dataflow.controller import PipelineKey
from penstock_engine import LoopClock
from penstock_engine.metrics import Registry
from penstock_testkit import RecordingConsumer

HEAD = """\
version: otel_dataflow/v1
engine: {http_admin: {enabled: false}}
"""
MADE = "{signals_per_second: null, max_batch_size: 10, max_signal_count: %d}"


class RecordConfig(Config):
    """The exporter of these tests."""

    into: str = "main"
    """Where it records."""


@dataclass
class World:
    """What the exporters `record` got, by name, and what the engine counted."""

    sinks: dict[str, RecordingConsumer] = field(default_factory=dict)
    registry: Registry = field(default_factory=Registry)

    def sink(self, name="main"):
        return self.sinks.setdefault(name, RecordingConsumer())

    @contextlib.asynccontextmanager
    async def running(self, text):
        every = installed()
        made = {
            f"create_{one}": lambda _, config: self.sink(config.into) for one in ("traces", "metrics", "logs")
        }
        record = Registered(
            factory=ExporterFactory(kind="record", config=RecordConfig, **made), project="test", version="1"
        )
        components = replace(every, exporters=(*every.exporters, record))
        flow = Dataflow.build(
            validate(HEAD + text, components),
            components,
            build=BuildInfo("pencol", "a test", "1.2.3"),
            clock=LoopClock(),
            meter=self.registry,
            metrics=self.registry.series,
            log=logging.getLogger("penstock"),
        )
        await flow.start()
        try:
            yield flow
        finally:
            problems = await flow.stop(Deadline.after(LoopClock(), 10))
        assert problems == ()

    def value(self, name, **labels):
        """The sum over the series of `name` that have `labels`."""
        found = [one for one in self.registry.series() if one.name == name and not one.suffix]
        return sum(one.value for one in found if labels.items() <= one.attributes.items())


def pipeline(nodes, connections):
    return f"""\
groups:
  main:
    pipelines:
      main:
        nodes:
{"".join(f"          {line}{chr(10)}" for line in nodes)}
        connections:
{"".join(f"          - {line}{chr(10)}" for line in connections)}
"""


async def test_each_signal_takes_its_way_and_each_resource_its_own():
    world = World()
    flow = pipeline(
        [
            f"a: {{type: receiver:traffic_generator, config: {{traffic_config: {MADE % 300}, resource_attributes: {{tenant: acme}}}}}}",
            f"b: {{type: receiver:traffic_generator, config: {{traffic_config: {MADE % 100}, resource_attributes: {{tenant: other}}}}}}",
            "split: {type: processor:type_router}",
            (
                "by_tenant: {type: processor:content_router, config: "
                "{routing_key: {resource_attribute: tenant}, routes: {acme: gold}, default_output: rest}}"
            ),
            "traces: {type: exporter:record, config: {into: traces}}",
            "metrics: {type: exporter:noop}",
            "gold: {type: exporter:record, config: {into: gold}}",
            "rest: {type: exporter:record, config: {into: rest}}",
        ],
        [
            "{from: [a, b], to: split}",
            "{from: 'split[\"traces\"]', to: traces}",
            "{from: 'split[\"metrics\"]', to: metrics}",
            "{from: 'split[\"logs\"]', to: by_tenant}",
            "{from: 'by_tenant[\"gold\"]', to: gold}",
            "{from: 'by_tenant[\"rest\"]', to: rest}",
        ],
    )
    async with world.running(flow):
        await world.sink("traces").received(120)
        await world.sink("gold").received(120)
        await world.sink("rest").received(40)
    assert {batch.signal for batch in world.sink("traces").batches} == {"traces"}
    made = world.value("otelcol_receiver_traffic_generator_accepted_items")
    assert made == 400


async def test_a_fanout_turns_to_its_fallback_and_fills_a_buffer(tmp_path):
    world = World(sinks={"archive": RecordingConsumer(RetryableError("busy"), RetryableError("busy"))})
    flow = pipeline(
        [
            f"in: {{type: receiver:traffic_generator, config: {{traffic_config: {MADE % 100}}}}}",
            (
                "both: {type: processor:fanout, config: {await_ack: all, destinations: "
                "[{port: main}, {port: spare, fallback_for: main}, {port: archive}]}}"
            ),
            "main: {type: exporter:error, config: {kind: retryable}}",
            "spare: {type: exporter:record, config: {into: spare}}",
            f"buffer: {{type: processor:durable_buffer, config: {{path: '{tmp_path}', retry: {{initial_interval: 1ms}}}}}}",
            "archive: {type: exporter:record, config: {into: archive}}",
        ],
        [
            "{from: in, to: both}",
            "{from: 'both[\"main\"]', to: main}",
            "{from: 'both[\"spare\"]', to: spare}",
            "{from: 'both[\"archive\"]', to: buffer}",
            "{from: buffer, to: archive}",
        ],
    )
    async with world.running(flow):
        await world.sink("spare").received(100)
        await world.sink("archive").received(100)
    assert world.value("otelcol_receiver_traffic_generator_accepted_items") == 100
    assert world.value("otelcol_processor_fanout_fallbacks", output="main") == 10


@pytest.mark.parametrize(("error", "accepted"), [(RetryableError("busy"), 30), (PermanentError("never"), 20)])
async def test_a_retry_tries_again_what_may_be_taken_later(error, accepted):
    world = World(sinks={"main": RecordingConsumer(error)})
    flow = pipeline(
        [
            f"in: {{type: receiver:traffic_generator, config: {{traffic_config: {MADE % 30}}}}}",
            "again: {type: processor:retry, config: {initial_interval: 1ms}}",
            "out: {type: exporter:record}",
        ],
        ["{from: in, to: again}", "{from: again, to: out}"],
    )
    async with world.running(flow):
        await world.sink().received(accepted)
    assert world.value("otelcol_receiver_traffic_generator_accepted_items") == accepted
    assert world.value("otelcol_receiver_traffic_generator_refused_items") == 30 - accepted


async def test_own_telemetry_tells_of_other_pipelines_and_not_of_its_own(caplog):
    caplog.set_level(logging.INFO, "penstock")
    world = World(sinks={"own": RecordingConsumer(PermanentError("never"), PermanentError("never"))})
    text = """\
groups:
  main:
    pipelines:
      work:
        nodes:
          in: {type: receiver:traffic_generator, config: {traffic_config: {max_signal_count: 10, log_weight: 0, metric_weight: 0}}}
          both: {type: processor:fanout, config: {await_ack: none, destinations: [{port: x}]}}
          out: {type: exporter:error}
        connections: [{from: in, to: both}, {from: 'both["x"]', to: out}]
      own:
        nodes:
          in: {type: receiver:internal_telemetry, config: {logs: {interval: 20ms}, metrics: {interval: 20ms}}}
          both: {type: processor:fanout, config: {await_ack: none, destinations: [{port: x}]}}
          out: {type: exporter:record, config: {into: own}}
        connections: [{from: in, to: both}, {from: 'both["x"]', to: out}]
"""
    async with world.running(text):
        await world.sink("own").received(30)
    logs = [batch for batch in world.sink("own").batches if batch.signal == "logs"]
    metrics = [batch for batch in world.sink("own").batches if batch.signal == "metrics"]
    fields = [
        {one.key: one.value.string_value for one in record.attributes}
        for batch in logs
        for scope in batch.message().resource_logs[0].scope_logs
        for record in scope.log_records
    ]
    assert metrics
    assert all(one.get("dataflow.pipeline") != "main/own" for one in fields)


async def test_a_reader_that_is_deleted_holds_up_no_publisher():
    world = World()
    reader = """\
      {name}:
        nodes:
          in: {{type: receiver:topic, config: {{topic: t, subscription: {{group: {name}}}}}}}
          out: {{type: exporter:record, config: {{into: {name}}}}}
        connections: [{{from: in, to: out}}]
"""
    text = f"""\
topics: {{t: {{policies: {{balanced: {{queue_capacity: 1}}}}}}}}
groups:
  main:
    pipelines:
      publish:
        nodes:
          in: {{type: receiver:traffic_generator, config: {{traffic_config: {MADE % 1000}}}}}
          out: {{type: exporter:topic, config: {{topic: t}}}}
        connections: [{{from: in, to: out}}]
{reader.format(name="a")}{reader.format(name="b")}"""
    world.sink("b").hold()
    async with world.running(text) as flow:
        await world.sink("b").tried(1)
        deleting = flow.control.delete(PipelineKey("main", "b"))
        world.sink("b").release()
        await deleting.wait()
        await world.sink("a").received(1000)
    assert world.value("otelcol_topic_dropped_items", reason="full") == 0


def test_an_output_that_a_router_does_not_have_is_refused():
    flow = pipeline(
        [
            "in: {type: receiver:nop}",
            "split: {type: processor:type_router}",
            "out: {type: exporter:noop}",
        ],
        ["{from: in, to: split}", "{from: 'split[\"profiles\"]', to: out}"],
    )
    with pytest.raises(ConfigError, match="profiles"):
        validate(HEAD + flow, installed())
