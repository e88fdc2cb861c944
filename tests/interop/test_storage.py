"""A collector whose queue is in a real store: what a service accepted, the next one sends."""

from pathlib import Path

import pytest

from penstock_api import decode
from penstock_receiver_otlp import factory as otlp_in
from penstock_testkit import RecordingConsumer, make_settings, names_of, running, traces

from .ends import Ends

CONFIG = """
receivers: {probe: {}}
exporters:
  EXPORTER:
    endpoint: http://127.0.0.1:PORT
    timeout: 1s
    sending_queue: {storage: key_value_store}
extensions: {key_value_store: {path: FOLDER/queue.db}}
service:
  extensions: [key_value_store]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [probe], exporters: [EXPORTER]}}
"""


@pytest.mark.parametrize(("exporter", "protocol"), [("otlp_grpc", "grpc"), ("otlp_http", "http")])
async def test_what_was_accepted_while_the_backend_was_down_is_sent_after_a_restart(
    exporter: str, protocol: str, tmp_path: Path, port: str
) -> None:
    text = CONFIG.replace("EXPORTER", exporter).replace("PORT", port).replace("FOLDER", str(tmp_path))
    ends = Ends()
    async with ends.running(text):
        for number in range(5):
            await ends.push[0].consume(traces(2, first=2 * number))

    sink = RecordingConsumer()
    config = decode(otlp_in.config, {"protocols": {protocol: {"endpoint": f"127.0.0.1:{port}"}}})
    backend = otlp_in.create_traces(make_settings("receiver", "otlp"), config, sink)
    async with running(backend), Ends().running(text):
        await sink.received(10)
    names = sorted(name for batch in sink.batches for name in names_of(batch))
    assert names == [f"span-{number}" for number in range(10)]

    async with (
        running(otlp_in.create_traces(make_settings("receiver", "otlp"), config, sink)),
        Ends().running(text),
    ):
        pass
    assert sink.items == 10
