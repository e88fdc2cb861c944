"""Copies of a pipeline in processes of their own: one port, one quota, one engine that hears of everything."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import grpc
import pytest
import yaml

from penstock_api import BuildInfo, Deadline, StartError
from penstock_collector.discovery import installed
from penstock_dataflow import validate
from penstock_dataflow.controller import Operations
from penstock_dataflow.controller.controller import Controller
from penstock_dataflow.pipeline import Service
from penstock_dataflow.workers import child
from penstock_engine import LoopClock
from penstock_engine.metrics import Registry
from penstock_testkit import traces

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
BODY = traces(10).to_bytes()


def text(port, *, workers=2, recovery="", extensions="", door="", out="{type: 'exporter:nop'}"):
    """One pipeline from OTLP to `out`, through a door where there is a quota."""
    to = "door" if door else "out"
    return f"""
version: otel_dataflow/v1
extensions: {{{extensions}}}
groups:
  edge:
    pipelines:
      ship:
        workers: {{count: {workers}, backend: process}}
        policies: {{{recovery}}}
        nodes:
          in: {{type: "receiver:otlp", config: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{port}"}}}}}}}}
          {door}
          out: {out}
        connections:
          - {{from: in, to: {to}}}
          {"- {from: door, to: out}" if door else ""}
"""


@pytest.fixture
def port():
    """One that only those get who share it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


class Engine:
    """A controller that runs for a test."""

    def __init__(self, configuration):
        components, self.clock, registry = installed(), LoopClock(), Registry()
        service = Service(
            build=BuildInfo("test", "a service under test", "1.0.0"),
            clock=self.clock,
            log=logging.getLogger("penstock.dataflow"),
            meter=registry,
            metrics=registry.series,
        )
        self.controller = Controller(validate(configuration, components), components, service)

    async def __aenter__(self):
        try:
            await self.controller.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        assert await self.controller.stop(Deadline.after(self.clock, 10.0)) == ()

    @property
    def copies(self):
        (running,) = self.controller.pipelines.values()
        return [place.copy for place in running.places]

    def count(self, name, **attributes):
        """The values of a metric, by worker."""
        found = {}
        for one in self.controller.metrics():
            if one.name == name and attributes.items() <= one.attributes.items():
                found[one.attributes.get("worker")] = one.value
        return found

    async def until(self, holds):
        """Wait for what workers tell once a second."""
        async with asyncio.timeout(20.0):
            while not holds():  # noqa: ASYNC110 - what another process does has no event here
                await asyncio.sleep(0.05)


async def send(port, body=BODY, metadata=()):
    """One request over a connection of its own."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        await channel.unary_unary(EXPORT)(body, wait_for_ready=True, timeout=10.0, metadata=metadata)


async def test_workers_share_a_port_and_the_engine_knows_what_they_count(port):
    async with Engine(text(port)) as engine:
        await asyncio.gather(*(send(port) for _ in range(40)))
        await engine.until(lambda: sum(engine.count("otelcol_receiver_accepted_spans").values()) == 400)
        assert set(engine.count("otelcol_receiver_accepted_spans")) == {"0", "1"}
        assert [set(copy.statuses()) for copy in engine.copies] == [{"in", "out"}, {"in", "out"}]


async def test_a_worker_that_dies_is_replaced_and_the_others_serve_on(port):
    recovery = "runtime_recovery: {initial_backoff: 50ms}"
    async with Engine(text(port, recovery=recovery)) as engine:
        first, second = (copy._process.pid for copy in engine.copies)
        os.kill(first, signal.SIGKILL)
        await send(port)
        await engine.until(lambda: engine.copies[0]._process and engine.copies[0]._process.pid != first)
        await engine.until(lambda: len(engine.copies[0].statuses()) == 2)
        assert engine.copies[1]._process.pid == second
        assert not engine.controller.failed.is_set()


async def test_what_was_acknowledged_before_a_stop_has_been_delivered(port, tmp_path):
    out = f"{{type: 'exporter:file', config: {{path: '{tmp_path}/spans.jsonl', append: true}}}}"
    async with Engine(text(port, out=out)):
        await asyncio.gather(*(send(port) for _ in range(20)))
    assert (
        sum(line.count('"name":"span-') for line in (tmp_path / "spans.jsonl").read_text().splitlines())
        == 200
    )


async def test_r_46_workers_lease_from_one_quota_and_never_take_more_than_it_has(port):
    quota = 'quota: {type: "extension:rate_limiter", config: {limit: 1, interval: 1h, burst: 100}}'
    door = 'door: {type: "processor:rate_limit", capabilities: {rate_limiter: quota}}'
    async with Engine(text(port, extensions=quota, door=door)) as engine:
        outcomes = await asyncio.gather(*(send(port) for _ in range(40)), return_exceptions=True)
        accepted = sum(outcome is None for outcome in outcomes)
        assert 0 < accepted <= 10
        taken = engine.count("otelcol_extension_rate_limiter_units", outcome="taken")
        assert 10 * accepted <= taken[None] <= 100


async def test_r_58_a_token_of_the_engine_is_pushed_to_workers(port):
    token = 'bearer: {type: "extension:bearer_token", config: {token: secret-1}}'
    out = (
        "{type: 'exporter:otlp_http', capabilities: {bearer_token_provider: bearer}, config: "
        "{endpoint: 'http://127.0.0.1:%d', compression: none}}"
    )
    seen = asyncio.Queue()

    async def serve(reader, writer):
        await seen.put((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    out %= server.sockets[0].getsockname()[1]
    async with server, Engine(text(port, workers=1, extensions=token, out=out)):
        await send(port)
        assert "authorization: bearer secret-1" in await seen.get()


async def test_r_66_a_config_that_names_an_extension_around_its_pipeline_does_so_in_workers_too(port):
    token = 'bearer: {type: "extension:bearer_token", config: {token: secret-1}}'
    quota = 'quota: {type: "extension:rate_limiter", config: {limit: 1000}}'
    door = 'door: {type: "processor:rate_limit", capabilities: {rate_limiter: quota}}'
    out = (
        "{type: 'exporter:otlp_http', config: "
        "{endpoint: 'http://127.0.0.1:1', auth: {authenticator: bearer}, sending_queue: {enabled: true}}}"
    )
    written = text(port, extensions=f"{token}, {quota}", door=door, out=out)
    async with Engine(written) as engine:
        await send(port)
        used = {one.id: one.consumers for one in engine.controller.scopes.statuses()}
        assert used == {"bearer": ("edge/ship#0", "edge/ship#1"), "quota": ("edge/ship#0", "edge/ship#1")}


async def test_a_receiver_in_a_worker_asks_the_engine_who_may_send(port):
    token = 'keys: {type: "extension:bearer_token", config: {token: secret-1}}'
    written = text(port, workers=1, extensions=token).replace(
        f'"127.0.0.1:{port}"', f'"127.0.0.1:{port}", auth: {{authenticator: keys}}'
    )
    async with Engine(written):
        for _ in range(2):  # the second time it is remembered
            await send(port, metadata=(("authorization", "Bearer secret-1"),))
        with pytest.raises(grpc.aio.AioRpcError, match="UNAUTHENTICATED"):
            await send(port, metadata=(("authorization", "Bearer other"),))


async def test_a_worker_is_replaced_after_the_one_that_holds_its_file(port, tmp_path):
    def written(ends):
        door = f"door: {{type: 'processor:durable_buffer', config: {{path: '{tmp_path}/{{copy}}'}}}}"
        return text(port, door=door, out=f"{{type: 'exporter:nop', description: {ends}}}")

    async with Engine(written("first")) as engine:
        assert sorted(one.name for one in tmp_path.iterdir()) == ["0", "1"]
        [key] = engine.controller.pipelines
        body = yaml.safe_load(written("second"))["groups"]["edge"]["pipelines"]["ship"]
        rollout = Operations(engine.controller).apply(key, body)
        await rollout.wait()
        assert (rollout.state, rollout.error) == ("succeeded", "")
        assert rollout.steps.count("copy 0 needs what the old one holds: that drains first") == 1


async def test_a_worker_that_has_died_takes_no_new_config(port):
    async with Engine(text(port, recovery="runtime_recovery: {initial_backoff: 10s}")) as engine:
        copy = engine.copies[0]
        os.kill(copy._process.pid, signal.SIGKILL)
        await copy.failed.wait()
        assert copy.error == "worker process of edge/ship#0 was killed by SIGKILL"
        assert not await copy.reconfigure(copy._order)


async def test_what_keeps_a_worker_process_from_starting_is_told(port, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    why = r"^cannot start a worker process for edge/ship#0: No such file or directory$"
    with pytest.raises(StartError, match=why):
        await Engine(text(port, workers=1)).__aenter__()


async def test_what_cannot_start_in_a_worker_is_told_as_anywhere_else():
    why = r"failed to start node in .*: cannot listen for gRPC on .*in use"
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(StartError, match=why):
        await Engine(text(taken.getsockname()[1], workers=1)).__aenter__()


async def test_a_worker_that_is_pinned_stays_on_its_processor(port):
    cores = sorted(os.sched_getaffinity(0))
    pinned = text(port).replace("count: 2", "count: 2, pin: true")
    async with Engine(pinned) as engine:
        found = [os.sched_getaffinity(copy._process.pid) for copy in engine.copies]
    assert found == [{cores[index % len(cores)]} for index in range(2)]


async def test_a_processor_that_is_not_there_is_told(port):
    policy = "resources: {core_allocation: {type: core_set, set: [{start: 4000, end: 4000}]}}"
    lacking = text(port, recovery=policy).replace("workers: {count: 2, backend: process}", "")
    with pytest.raises(StartError, match="cannot stay on processor 4000: Invalid argument"):
        await Engine(lacking).__aenter__()


def test_a_system_without_pinning_says_so(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity")
    with pytest.raises(StartError, match="this system cannot keep a process on a processor: 1"):
        child._stay_on(1)


ENGINE = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from test_workers import Engine, text

async def main():
    engine = Engine(text({port}))
    await engine.controller.start()
    print(*(copy._process.pid for copy in engine.copies), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_workers_end_when_their_engine_is_killed(port):
    code = textwrap.dedent(ENGINE).format(tests=str(Path(__file__).parent), port=port)
    engine = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
    workers = [int(pid) for pid in (await engine.stdout.readline()).split()]
    assert len(workers) == 2
    descriptors = [os.pidfd_open(pid) for pid in workers]
    engine.kill()
    await engine.wait()
    loop = asyncio.get_running_loop()
    for descriptor in descriptors:
        ended = loop.create_future()
        loop.add_reader(descriptor, lambda ended=ended: ended.done() or ended.set_result(None))
        async with asyncio.timeout(30.0):
            await ended
        loop.remove_reader(descriptor)
        os.close(descriptor)
