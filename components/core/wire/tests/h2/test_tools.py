"""Clients of others, over sockets, where they are installed."""

import asyncio
import contextlib
import shutil
import socket
import ssl

import pytest
import trustme

from penstock_wire.exchange import Response
from penstock_wire.h2.server import ServerConnection
from penstock_wire.server import Server

BOTH_LOOPS = True


@pytest.fixture
def serve(site):
    """`async with serve() as port`: a server that tells how large a request was."""

    @contextlib.asynccontextmanager
    async def run(tls=None):
        def size(request):
            return Response(200, ((b"content-type", b"text/plain"),), (b"%d\n" % request.size,))

        made = site(size)
        server = Server(made.service, lambda: ServerConnection(made.service))
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        await server.start(listener, tls)
        try:
            yield port
        finally:
            await server.stop(lambda: 5.0)

    return run


async def run(*command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return out.decode()


@pytest.fixture
def body(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(bytes(300_000))
    return path


async def test_curl_by_prior_knowledge(serve, body):
    async with serve() as port:
        url = f"http://127.0.0.1:{port}/"
        told = await run(
            "curl",
            "-sS",
            "--http2-prior-knowledge",
            "-w",
            "%{http_version}",
            "--data-binary",
            f"@{body}",
            url,
        )
    assert told == "300000\n2"


async def test_curl_over_tls(serve, body, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    async with serve(context) as port:
        told = await run(
            "curl", "-sS", "--http2", "--cacert", str(ca), "-w", "%{http_version}",
            "--data-binary", f"@{body}", "--resolve", f"localhost:{port}:127.0.0.1", f"https://localhost:{port}/",
        )  # fmt: skip
    assert told == "300000\n2"


async def test_nghttp(serve, body):
    async with serve() as port:
        told = await run("nghttp", "-d", str(body), f"http://127.0.0.1:{port}/")
    assert told == "300000\n"


async def test_h2load(serve, body):
    async with serve() as port:
        told = await run("h2load", "-n200", "-c4", "-m10", "-d", str(body), f"http://127.0.0.1:{port}/")
    assert "200 succeeded, 0 failed" in told
