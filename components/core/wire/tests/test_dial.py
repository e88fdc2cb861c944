"""Addresses, TLS and proxies of a client, over sockets."""

import asyncio
import socket
import ssl

import pytest
import trustme

from penstock_wire.dial import Address, Dialer, Proxy, proxy_from_environment
from penstock_wire.errors import DisconnectedError

BOTH_LOOPS = True


class Echo(asyncio.Protocol):
    """Waits for an answer to what it says."""

    def __init__(self):
        self.answer = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"hello\n")

    def data_received(self, data):
        self.answer.set_result(data)
        self.transport.close()


async def heard(dialer):
    """What the server answers to a greeting."""
    made = []

    def make():
        made.append(Echo())
        return made[-1]

    (address, *_) = await dialer.resolve()
    await dialer.connect(address, make)
    return await made[-1].answer


@pytest.fixture
async def listen():
    """`listen(serve, tls)` gives the port of a server that echoes, unless told otherwise."""
    servers, writers = [], []

    async def echo(reader, writer):
        writer.write((await reader.readline()).upper())
        writer.close()

    async def start(serve=echo, tls=None):
        async def remember(reader, writer):
            writers.append(writer)
            await serve(reader, writer)

        servers.append(await asyncio.start_server(remember, "127.0.0.1", 0, ssl=tls))
        return servers[-1].sockets[0].getsockname()[1]

    yield start
    for one in (*servers, *writers):
        one.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def server_tls(authority, name="127.0.0.1"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def client_tls(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def proxy(seen, answer=b"HTTP/1.1 200 Connected\r\n\r\n"):
    """A proxy that connects through, and remembers what it was asked."""

    async def copy(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head)
        writer.write(answer)
        if b" 200 " in answer:
            port = int(head.split(b" ")[1].rpartition(b":")[2])
            there, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(copy(reader, back), copy(there, writer), return_exceptions=True)
        writer.close()

    return serve


async def test_plain_text(listen):
    assert await heard(Dialer("127.0.0.1", await listen())) == b"HELLO\n"


async def test_tls_with_another_name(listen, authority):
    port = await listen(tls=server_tls(authority, "gateway.example.com"))
    dialer = Dialer("127.0.0.1", port, tls=client_tls(authority), server_name="gateway.example.com")
    assert await heard(dialer) == b"HELLO\n"


async def test_a_server_that_cannot_prove_its_name_is_not_spoken_to(listen, authority):
    port = await listen(tls=server_tls(authority, "gateway.example.com"))
    with pytest.raises(DisconnectedError, match="CERTIFICATE_VERIFY_FAILED"):
        await heard(Dialer("127.0.0.1", port, tls=client_tls(authority)))


@pytest.mark.parametrize("secure", [False, True])
async def test_a_proxy_connects_through(listen, authority, secure):
    seen = []
    port = await listen(tls=server_tls(authority) if secure else None)
    way = Proxy("127.0.0.1", await listen(proxy(seen)), b"Basic abc")
    tls = client_tls(authority) if secure else None
    assert await heard(Dialer("127.0.0.1", port, tls=tls, proxy=way, tunnel=True)) == b"HELLO\n"
    target = f"127.0.0.1:{port}".encode()
    assert seen[0] == (
        b"CONNECT %s HTTP/1.1\r\nhost: %s\r\nproxy-authorization: Basic abc\r\n\r\n" % (target, target)
    )


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"HTTP/1.1 407 No\r\n\r\n", r"^the proxy does not connect through: HTTP/1\.1 407 No$"),
        (b"SSH-2.0\r\n\r\n", "the proxy does not connect through: SSH"),
        (b"", "the proxy has closed the connection"),
        (b"x" * 20_000, "the proxy's answer is too long"),
    ],
)
async def test_a_proxy_that_does_not_help_is_told_of(listen, answer, problem):
    way = Proxy("127.0.0.1", await listen(proxy([], answer)))
    with pytest.raises(DisconnectedError, match=problem):
        await heard(Dialer("127.0.0.1", 1, proxy=way, tunnel=True))


async def test_who_refuses_a_connection_is_told_of():
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        with pytest.raises(DisconnectedError):
            await heard(Dialer("127.0.0.1", kept.getsockname()[1]))


async def test_a_name_without_address_is_told_of():
    with pytest.raises(DisconnectedError, match=r"^host\.invalid cannot be resolved: "):
        await Dialer("host.invalid", 1).resolve()


async def test_a_unix_socket_is_one_address(tmp_path):
    path = str(tmp_path / "s")
    assert await Dialer("", 0, path=path).resolve() == (Address(0, path),)
    with pytest.raises(DisconnectedError, match="No such file"):
        await heard(Dialer("", 0, path=path))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://p:3128", Proxy("p", 3128)),
        ("p:3128", Proxy("p", 3128)),
        ("http://p", Proxy("p", 80)),
        ("http://a:b%40@p:1", Proxy("p", 1, b"Basic YTpiQA==")),
    ],
)
def test_a_proxy_is_read_from_its_url(url, found):
    assert Proxy.from_url(url) == found


@pytest.mark.parametrize("url", ["ftp://p", "socks5://p:1", "http://"])
def test_another_kind_of_proxy_is_refused_without_its_password(url):
    with pytest.raises(ValueError, match="a proxy must be http://host:port"):
        Proxy.from_url(url)


@pytest.mark.parametrize(
    ("environment", "host", "found"),
    [
        ({}, "h", None),
        ({"HTTP_PROXY": "http://p:1"}, "h", Proxy("p", 1)),
        ({"https_proxy": "http://p:1"}, "h", None),
        ({"ALL_PROXY": "http://p:1"}, "h", Proxy("p", 1)),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "example.com,h"}, "h", None),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, "h", None),
    ],
)
def test_the_environment_names_a_proxy(monkeypatch, environment, host, found):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_from_environment("http", host) == found
