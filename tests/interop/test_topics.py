"""Topics join pipelines of a collector with each other, and with the dataflow engine inside it, both ways."""

import asyncio

import pytest

from penstock_api import ConfigError, PermanentError
from penstock_testkit import RecordingConsumer, names_of, traces

from .ends import Ends

QUIET = "telemetry: {metrics: {level: none}}"
JOINED = f"""
receivers: {{probe: , topic: {{topic: middle}}}}
processors: {{batch: {{timeout: 1h}}}}
exporters: {{record: , topic: {{topic: middle}}}}
service:
  {QUIET}
  pipelines:
    traces/in: {{receivers: [probe], processors: [batch], exporters: [topic]}}
    traces/out: {{receivers: [topic], exporters: [record]}}
"""
THROUGH_ENGINE = f"""
receivers: {{probe: , topic: {{topic: back}}}}
exporters: {{record: , topic: {{topic: forth}}}}
extensions:
  engine:
    flags: {{http_admin: "off"}}
    config:
      inline:
        version: otel_dataflow/v1
        topics:
          forth: {{policies: {{ack_propagation: {{mode: MODE}}}}}}
          back: {{policies: {{ack_propagation: {{mode: MODE}}}}}}
        groups:
          main:
            pipelines:
              main:
                nodes:
                  in: {{type: "receiver:topic", config: {{topic: forth}}}}
                  split: {{type: "processor:type_router", config: {{}}}}
                  out: {{type: "exporter:topic", config: {{topic: back}}}}
                connections:
                  - {{from: in, to: split}}
                  - {{from: 'split["traces"]', to: out}}
service:
  extensions: [engine]
  {QUIET}
  pipelines:
    traces/in: {{receivers: [probe], exporters: [topic]}}
    traces/out: {{receivers: [topic], exporters: [record]}}
"""


async def test_what_a_batch_processor_flushes_at_the_end_still_passes_the_topic():
    ends = Ends()
    async with ends.running(JOINED) as service:
        await ends.push[0].consume(traces(3))
        await ends.push[0].consume(traces(2, first=3))
        assert ends.sink.items == 0
    assert [name for batch in ends.sink.batches for name in names_of(batch)] == [
        f"span-{number}" for number in range(5)
    ]
    assert service.metrics()['otelcol_topic_delivered_items{lane="traces",topic="middle"}'] == 5


@pytest.mark.parametrize("mode", ["auto", "disabled"])
async def test_data_crosses_into_the_engine_and_back(mode):
    ends = Ends()
    async with ends.running(THROUGH_ENGINE.replace("MODE", mode)) as service:
        for number in range(20):
            await ends.push[0].consume(traces(5, first=5 * number))
        await ends.sink.received(100)
    names = {name for batch in ends.sink.batches for name in names_of(batch)}
    assert names == {f"span-{number}" for number in range(100)}
    dropped = {key: value for key, value in service.metrics().items() if "topic_dropped" in key}
    assert dropped
    assert set(dropped.values()) == {0}


async def test_an_outcome_comes_back_through_the_engine():
    ends = Ends(sink=RecordingConsumer(None, always=PermanentError("the backend says never")))
    async with ends.running(THROUGH_ENGINE.replace("MODE", "auto")):
        async with asyncio.timeout(10):
            await ends.push[0].consume(traces(1))
            await ends.sink.received(1)  # the engine runs, and its rules hold
            with pytest.raises(PermanentError, match="the backend says never"):
                await ends.push[0].consume(traces(5))


def test_a_topic_that_leads_back_to_itself_is_refused():
    loop = JOINED.replace(
        "receivers: [topic], exporters: [record]", "receivers: [topic], exporters: [record, topic]"
    )
    with pytest.raises(ConfigError, match=r"cycle detected: .*topic") as caught:
        Ends().service(loop)
    assert "what goes into a topic must not come back to it" in str(caught.value)
