"""HTTP/2 where the server chooses it, HTTP/1.1 everywhere else; against servers of other people."""

import asyncio
import contextlib
import gzip
import shutil
import socket
import ssl

import hypercorn.asyncio
import hypercorn.config
import pytest
import trustme

from penstock_api import PermanentError, RetryableError, decode
from penstock_exporter_otlp_http import OtlpHttpConfig, factory
from penstock_testkit import FakeClock, make_settings, running, settle, start, stop, traces

BOTH_LOOPS = True
OFF = {"enabled": False}


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Paths of a server's key and certificate, and the text of who vouches for it."""
    folder, authority = tmp_path_factory.mktemp("papers"), trustme.CA()
    own = authority.issue_cert("127.0.0.1", "localhost")
    own.private_key_pem.write_to_path(folder / "key.pem")
    own.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    return folder / "key.pem", folder / "cert.pem", authority.cert_pem.bytes().decode()


class Web:
    """An application on hypercorn, which speaks both versions; `status` and `body` are its answer.

    The first answer waits until as many requests as `wanted` have come.
    """

    def __init__(self):
        self.requests, self.status, self.headers, self.body = [], 200, [], b""
        self.wanted, self.gate = 1, asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event["body"], event["more_body"]
        self.requests.append((scope, body))
        if len(self.requests) == self.wanted:
            self.gate.set()
        await self.gate.wait()
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    @property
    def versions(self):
        return [scope["http_version"] for scope, _ in self.requests]

    @contextlib.asynccontextmanager
    async def serving(self, papers):
        config = hypercorn.config.Config()
        config.bind = ["127.0.0.1:0"]
        config.graceful_timeout = 0.1
        config.keyfile, config.certfile = map(str, papers[:2])
        sockets = config.create_sockets()
        sockets.secure_sockets[0].listen()  # clients need not wait for it to have started
        self.port = sockets.secure_sockets[0].getsockname()[1]
        stop = asyncio.Event()
        config.create_sockets = lambda: sockets
        task = asyncio.create_task(  # noqa: TID251 - hypercorn is no component
            hypercorn.asyncio.serve(self, config, mode="asgi", shutdown_trigger=stop.wait)
        )
        try:
            yield self
        finally:
            stop.set()
            await task


@pytest.fixture
async def web(papers):
    async with Web().serving(papers) as serving:
        yield serving


def exporter(port, papers, settings=None, **config):
    value = {
        "endpoint": f"https://127.0.0.1:{port}",
        "tls": {"ca_pem": papers[2]},
        "retry_on_failure": OFF,
        "sending_queue": OFF,
        **config,
    }
    return factory.create_traces(settings or make_settings("exporter"), decode(OtlpHttpConfig, value))


async def test_a_server_that_chooses_http2_is_spoken_to_in_http2(web, papers):
    headers = {"X-Tenant": "a", "Host": "other.example.com"}
    async with running(exporter(web.port, papers, headers=headers)) as sending:
        await sending.consume(traces(3))
    ((scope, body),) = web.requests
    assert scope["http_version"] == "2"
    assert gzip.decompress(body) == traces(3).to_bytes()
    told = dict(scope["headers"])
    assert (scope["path"], scope["scheme"]) == ("/v1/traces", "https")
    assert (told[b"x-tenant"], told[b"content-type"]) == (b"a", b"application/x-protobuf")
    assert told.get(b":authority", told.get(b"host")) == b"other.example.com"


@pytest.mark.parametrize("config", [{"force_attempt_http2": False}, {"disable_keep_alives": True}])
async def test_http2_is_not_offered_when_it_is_not_wanted(web, papers, config):
    async with running(exporter(web.port, papers, **config)) as sending:
        await sending.consume(traces(1))
    assert web.versions == ["1.1"]


async def test_requests_at_a_time_share_one_connection(web, papers):
    web.wanted = 20
    async with running(exporter(web.port, papers)) as sending, asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(sending.consume(traces(1)))
    assert len({scope["client"] for scope, _ in web.requests}) == 1


async def test_a_large_body_waits_for_the_servers_window(web, papers):
    batch = traces(20_000)
    async with running(exporter(web.port, papers, compression="none")) as sending:
        await sending.consume(batch)
    assert web.requests[0][1] == batch.to_bytes()


async def test_answers_mean_the_same_as_over_http1(web, papers):
    async with running(exporter(web.port, papers)) as sending:
        web.status, web.headers = 503, [(b"retry-after", b"7")]
        with pytest.raises(RetryableError, match="HTTP Status Code 503") as caught:
            await sending.consume(traces(1))
        assert caught.value.after == 7
        web.status, web.headers = 400, []
        with pytest.raises(PermanentError, match="HTTP Status Code 400"):
            await sending.consume(traces(1))
        web.status, web.headers, web.body = 200, [(b"content-type", b"text/plain")], bytes(300_000)
        await sending.consume(traces(1))
    assert web.versions == ["2", "2", "2"]


@pytest.mark.parametrize("offered", [(), ("http/1.1",)])
async def test_a_server_without_http2_is_spoken_to_in_http1(stopped, papers, offered):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers[1], papers[0])
    if offered:
        context.set_alpn_protocols(offered)
    async with stopped.serving(tls=context):
        port = stopped.endpoint.rpartition(":")[2]
        async with running(exporter(port, papers)) as sending:
            async with asyncio.TaskGroup() as group:
                for _ in range(5):
                    group.create_task(sending.consume(traces(1)))
            await sending.consume(traces(1))
    assert len(stopped.requests) == 6
    assert stopped.headers["host"] == stopped.endpoint


@contextlib.asynccontextmanager
async def tunnelling():
    """A proxy that connects through, and tells where to."""
    targets = []

    async def copy(reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def serve(reader, writer):
        target = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        targets.append(target)
        onward = await asyncio.open_connection(*target.split(":"))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(copy(reader, onward[1]), copy(onward[0], writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], targets


async def test_http2_is_spoken_through_a_proxy(web, papers):
    async with tunnelling() as (port, targets):
        sending = exporter(web.port, papers, proxy_url=f"http://127.0.0.1:{port}")
        await start(sending)
        await sending.consume(traces(1))
        await sending.consume(traces(1))
        await stop(sending)
    assert web.versions == ["2", "2"]
    assert targets == [f"127.0.0.1:{web.port}"]


class Mute(asyncio.Protocol):
    """A server that chooses HTTP/2 and then says nothing."""

    def __init__(self):
        self.came = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.came.set()


async def test_a_server_that_does_not_answer_to_pings_is_given_up(papers):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers[1], papers[0])
    context.set_alpn_protocols(["h2"])
    mute, clock = Mute(), FakeClock()
    server = await asyncio.get_running_loop().create_server(lambda: mute, "127.0.0.1", 0, ssl=context)
    config = {"http2_read_idle_timeout": "10s", "http2_ping_timeout": "2s", "timeout": 0}
    sending = exporter(
        server.sockets[0].getsockname()[1], papers, make_settings("exporter", clock=clock), **config
    )
    async with running(sending, clock=clock), asyncio.TaskGroup() as group:
        outcome = group.create_task(failure(sending.consume(traces(1))))
        await mute.came.wait()
        for seconds in (9.9, 0.2, 1.8):
            await clock.advance(seconds)
            await settle()
            assert not outcome.done()
        await clock.advance(0.2)
        assert "the server does not answer to pings" in await outcome
    mute.transport.abort()
    server.close()


async def failure(consuming):
    with pytest.raises(RetryableError) as caught:
        await consuming
    return str(caught.value)


@pytest.mark.skipif(shutil.which("nghttpd") is None, reason="nghttpd is not installed")
async def test_nghttpd(papers, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "traces").write_bytes(b"")
    command = ("nghttpd", f"--htdocs={tmp_path}", "--address=127.0.0.1", "--verbose", str(port))
    told = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, *map(str, papers[:2]), stdout=told)
    try:
        await asyncio.wait_for(process.stdout.readline(), 10)
        async with running(exporter(port, papers)) as sending:
            await sending.consume(traces(3))
    finally:
        process.terminate()
        output, _ = await process.communicate()
    assert b":method: POST" in output
