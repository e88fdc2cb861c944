"""Starting, stopping, and what goes wrong there."""

import asyncio
import logging
import socket

import grpc
import pytest

from penstock_api import Deadline, Signal, StartError
from penstock_testkit import RecordingConsumer, make_settings, running, settle, stop, traces

LOCAL = {"endpoint": "127.0.0.1:0"}
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@pytest.fixture
def receiver(make):
    def made(protocols, settings=None):
        settings = settings or make_settings("receiver", "otlp")
        return make(settings, protocols, {Signal.TRACES: RecordingConsumer()})

    return made


async def test_it_says_where_it_listens(receiver, caplog):
    caplog.set_level(logging.INFO)
    made = receiver({"grpc": LOCAL, "http": LOCAL})
    assert made.addresses == {}
    async with running(made):
        ports = {name: port for name, (_, port) in made.addresses.items()}
        assert set(ports) == {"grpc", "http"}
    assert made.addresses == {}
    logged = {one.protocol: one for one in caplog.records if one.message == "listening"}
    assert {name: one.port for name, one in logged.items()} == ports
    assert logged["grpc"].endpoint == "127.0.0.1:0"


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_only_the_protocol_that_is_configured_listens(receiver, protocol):
    made = receiver({protocol: LOCAL})
    async with running(made):
        assert list(made.addresses) == [protocol]


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_a_port_in_use_is_named(receiver, protocol):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        made = receiver({protocol: {"endpoint": endpoint}})
        with pytest.raises(StartError, match=f"`endpoint` {endpoint}: Address already in use"):
            await made.start()
    await stop(made)


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_two_receivers_cannot_share_a_port(receiver, protocol):
    first = receiver({protocol: LOCAL})
    async with running(first):
        endpoint = f"127.0.0.1:{first.addresses[protocol][1]}"
        with pytest.raises(StartError, match="cannot listen"):
            await receiver({protocol: {"endpoint": endpoint}}).start()


async def test_a_host_that_is_not_ours_is_named(receiver):
    with pytest.raises(StartError, match=r"cannot listen for HTTP on `endpoint` host\.invalid:0: "):
        await receiver({"http": {"endpoint": "host.invalid:0"}}).start()


async def test_when_one_protocol_cannot_listen_neither_does(receiver):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        made = receiver({"grpc": LOCAL, "http": {"endpoint": endpoint}})
        with pytest.raises(StartError):
            await made.start()
    assert made.addresses == {}


async def test_shutdown_is_safe_before_start_and_twice(receiver):
    made = receiver({"grpc": LOCAL, "http": LOCAL})
    await stop(made)
    await made.start()
    await stop(made)
    await stop(made)


async def test_requests_under_way_are_answered_and_new_ones_are_not_taken(otlp):
    async with otlp() as server, asyncio.TaskGroup() as group:
        server.sink.hold()
        body, addresses = traces(2).to_bytes(), dict(server.receiver.addresses)
        under_way = [group.create_task(server.post(body)), group.create_task(server.call(body))]
        await server.sink.tried(2)
        stopping = group.create_task(stop(server.receiver))
        while addresses["http"]:
            try:
                _, writer = await asyncio.open_connection(*addresses["http"])
                writer.close()
            except OSError:
                break
        assert not stopping.done()
        server.sink.release()
        reply, raw = [await task for task in under_way]
        assert (reply.status_code, raw) == (200, b"")
        assert reply.headers["connection"] == "close"
        await stopping


async def test_requests_that_do_not_end_in_time_are_given_up(otlp):
    async with otlp() as server, asyncio.TaskGroup() as group:
        server.sink.hold()
        body = traces(2).to_bytes()
        http = group.create_task(_outcome(server.post(body)))
        call = group.create_task(_outcome(server.call(body)))
        await server.sink.tried(2)
        await server.receiver.shutdown(Deadline.after(server.settings.clock, 0))
        assert isinstance(await call, grpc.aio.AioRpcError)
        assert await http != 200
        await settle()
        assert server.counted("refused_spans", "http") == 2
        assert server.counted("refused_spans", "grpc") == 2


async def _outcome(request):
    try:
        return getattr(await request, "status_code", None)
    except Exception as error:  # noqa: BLE001 - the kinds differ by transport
        return error


async def test_an_idle_connection_does_not_hold_up_the_stop(otlp):
    async with otlp() as server:
        await server.post(traces(1).to_bytes())
        reader, writer = await asyncio.open_connection(*server.receiver.addresses["http"])
        await settle()
        await server.receiver.shutdown(Deadline.after(server.settings.clock, 30))
        assert await reader.read() == b""
        writer.close()


async def test_unix_sockets_are_served_and_removed(receiver, tmp_path):
    import httpx

    ends = {name: str(tmp_path / f"{name}.sock") for name in ("grpc", "http")}
    made = receiver({name: {"endpoint": path, "transport": "unix"} for name, path in ends.items()})
    body = traces(1).to_bytes()
    async with running(made):
        assert made.addresses == {name: (path, 0) for name, path in ends.items()}
        async with grpc.aio.insecure_channel(f"unix:{ends['grpc']}") as channel:
            assert await channel.unary_unary(EXPORT)(body) == b""
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=ends["http"])) as web:
            headers = {"content-type": "application/x-protobuf"}
            assert (await web.post("http://x/v1/traces", content=body, headers=headers)).status_code == 200
    assert list(tmp_path.iterdir()) == []


async def test_a_socket_file_that_a_killed_process_left_is_replaced(receiver, tmp_path):
    path = str(tmp_path / "left.sock")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
    async with running(receiver({"http": {"endpoint": path, "transport": "unix"}})):
        with pytest.raises(StartError, match="Address already in use"):
            await receiver({"http": {"endpoint": path, "transport": "unix"}}).start()


async def test_a_file_that_is_no_socket_is_left_alone(receiver, tmp_path):
    path = tmp_path / "precious"
    path.write_text("data")
    with pytest.raises(StartError, match="Address already in use"):
        await receiver({"http": {"endpoint": str(path), "transport": "unix"}}).start()
    assert path.read_text() == "data"


@pytest.mark.parametrize("endpoint", ["localhost:0", ":0", "[::1]:0"])
async def test_every_way_to_write_an_endpoint_works(receiver, endpoint):
    made = receiver({"grpc": {"endpoint": endpoint}, "http": {"endpoint": endpoint}})
    async with running(made):
        host = "::1" if "::1" in endpoint else "127.0.0.1"
        for _, port in made.addresses.values():
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            await writer.wait_closed()


def test_importing_the_package_loads_no_server():
    import subprocess
    import sys

    code = "import sys, penstock_receiver_otlp; print({'grpc', 'uvicorn', 'isal'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
