"""A collector with a stored queue is killed again and again, in the middle of its work: nothing acknowledged is lost."""

import asyncio
import itertools
import signal
import sys
from pathlib import Path

import httpx

from penstock_api import decode
from penstock_receiver_otlp import factory as otlp_in
from penstock_testkit import RecordingConsumer, make_settings, names_of, running, traces
from penstock_testkit.process import CollectorProcess

CONFIG = """
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters:
  otlp_grpc:
    endpoint: http://127.0.0.1:PORT
    sending_queue: {storage: key_value_store, block_on_overflow: true}
    retry_on_failure: {initial_interval: 50ms, max_interval: 100ms, max_elapsed_time: 0s}
extensions: {key_value_store: {path: FOLDER/queue.db}}
service:
  extensions: [key_value_store]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
"""
KILLS, ACKNOWLEDGED, SENDERS = 3, 40, 4
PROTOBUF = {"content-type": "application/x-protobuf"}


async def send_until(collector: CollectorProcess, numbers: itertools.count, acknowledged: set[str]) -> None:
    """Send until so many requests more are acknowledged; then kill, while others are under way."""
    enough = len(acknowledged) + ACKNOWLEDGED
    port = (await asyncio.to_thread(collector.logged, "listening", protocol="http"))["port"]

    async def send(web: httpx.AsyncClient) -> None:
        while len(acknowledged) < enough:
            number = next(numbers)
            try:
                reply = await web.post(
                    "/v1/traces", content=traces(1, first=number).to_bytes(), headers=PROTOBUF
                )
            except httpx.TransportError:
                return
            if reply.status_code == 200:
                acknowledged.add(f"span-{number}")
        collector.send(signal.SIGKILL)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as web:
        await asyncio.gather(*(send(web) for _ in range(SENDERS)))


async def test_what_was_acknowledged_before_a_kill_is_delivered_after_it(tmp_path: Path, port: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.replace("PORT", port).replace("FOLDER", str(tmp_path)))
    command = [sys.executable, "-m", "penstock_collector", "--config", str(path)]
    numbers, acknowledged, sink = itertools.count(), set(), RecordingConsumer()
    config = decode(otlp_in.config, {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{port}"}}})
    for run in range(KILLS):
        with CollectorProcess(command) as collector:
            await asyncio.to_thread(collector.ready)
            backend = otlp_in.create_traces(make_settings("receiver", "otlp"), config, sink)
            if run % 2:  # killed while the backend is down, and while it is up
                async with running(backend):
                    await send_until(collector, numbers, acknowledged)
            else:
                await send_until(collector, numbers, acknowledged)

    backend = otlp_in.create_traces(make_settings("receiver", "otlp"), config, sink)
    async with running(backend):
        with CollectorProcess(command) as collector:
            await asyncio.to_thread(collector.ready)
            async with asyncio.timeout(60):
                while not acknowledged <= {name for batch in sink.batches for name in names_of(batch)}:
                    await sink.tried(len(sink.offered) + 1, within=60)
            assert await asyncio.to_thread(collector.stop) == 0
    assert len(acknowledged) >= KILLS * ACKNOWLEDGED
