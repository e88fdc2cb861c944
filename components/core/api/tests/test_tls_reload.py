"""TLS follows its files: connections that begin later use what stands in them then."""

import logging
import ssl

import pytest
import trustme

from penstock_api import StartError, TlsClientConfig, TlsServerConfig, decode
from penstock_testkit import make_settings

INTERVAL = 60


class Papers:
    """Files of one authority's certificates, which another authority's can replace."""

    def __init__(self, folder):
        self.paths = {name: folder / f"{name}.pem" for name in ("cert", "key", "ca")}
        self.write(trustme.CA())

    def write(self, authority):
        self.authority = authority
        own = authority.issue_cert("localhost")
        own.cert_chain_pems[0].write_to_path(self.paths["cert"])
        own.private_key_pem.write_to_path(self.paths["key"])
        authority.cert_pem.write_to_path(self.paths["ca"])

    def tls(self, **more):
        files = {f"{name}_file": str(self.paths[name]) for name in ("cert", "key")}
        return files | {"reload_interval": f"{INTERVAL}s"} | more


@pytest.fixture
def papers(tmp_path):
    return Papers(tmp_path)


@pytest.fixture
def settings():
    return make_settings("receiver", "otlp")


class Ends:
    """The two ends of one connection, with the network between them in memory."""

    def __init__(self, server, client, session=None):
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.server = server.wrap_bio(up, down, server_side=True)
        self.client = client.wrap_bio(down, up, server_hostname="localhost", session=session)
        todo = [self.client, self.server]
        for _ in range(10):
            for end in tuple(todo):
                try:
                    end.do_handshake()
                    todo.remove(end)
                except ssl.SSLWantReadError:
                    pass
        assert not todo

    def speak(self):
        """What the client hears of what the server says."""
        self.server.write(b"hello")
        return self.client.read()


def trusting(authority, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    for name, value in options.items():
        setattr(context, name, value)
    return context


async def test_a_server_shows_its_new_certificate_after_the_interval_and_old_connections_go_on(
    papers, settings, caplog
):
    first = papers.authority
    server = decode(TlsServerConfig, papers.tls()).context(settings)
    before = Ends(server, trusting(first))
    papers.write(trustme.CA())
    await settings.clock.advance(INTERVAL - 1)
    Ends(server, trusting(first))
    await settings.clock.advance(1)
    with caplog.at_level(logging.INFO):
        assert Ends(server, trusting(papers.authority)).speak() == b"hello"
        Ends(server, trusting(papers.authority))
    assert before.speak() == b"hello"
    with pytest.raises(ssl.SSLCertVerificationError):
        Ends(server, trusting(first))
    assert [one.message for one in caplog.records] == ["tls files reloaded"]


async def test_without_an_interval_files_are_read_once(papers, settings):
    server = decode(TlsServerConfig, papers.tls(reload_interval=0)).context(settings)
    assert type(server) is ssl.SSLContext
    first = papers.authority
    papers.write(trustme.CA())
    await settings.clock.advance(10 * INTERVAL)
    Ends(server, trusting(first))


@pytest.mark.parametrize("broken", ["missing", "not a certificate", "the key of another certificate"])
async def test_files_that_cannot_be_used_leave_the_old_ones_in_use_and_are_told_of_once(
    papers, settings, caplog, broken
):
    server = decode(TlsServerConfig, papers.tls()).context(settings)
    old = papers.paths["cert"].read_bytes()
    if broken == "missing":
        papers.paths["cert"].unlink()
    elif broken == "not a certificate":
        papers.paths["cert"].write_text("no")
    else:
        trustme.CA().issue_cert("localhost").cert_chain_pems[0].write_to_path(papers.paths["cert"])
    for _ in range(3):
        await settings.clock.advance(INTERVAL)
        assert Ends(server, trusting(papers.authority)).speak() == b"hello"
    assert [one.message for one in caplog.records] == ["tls files not reloaded"]
    papers.paths["cert"].write_bytes(old)
    await settings.clock.advance(INTERVAL)
    Ends(server, trusting(papers.authority))
    papers.paths["cert"].write_text("no")
    await settings.clock.advance(INTERVAL)
    Ends(server, trusting(papers.authority))
    assert len(caplog.records) == 2, "it was mended in between"


async def test_a_clients_authority_that_is_trusted_no_more_is_refused_even_with_an_old_session(
    papers, settings
):
    tls = papers.tls(client_ca_file=str(papers.paths["ca"]), max_version="1.2")
    server = decode(TlsServerConfig, tls).context(settings)
    client = trusting(papers.authority)
    papers.authority.issue_cert("me@example.com").configure_cert(client)
    first = Ends(server, client)
    assert Ends(server, client, first.client.session).client.session_reused
    trustme.CA().cert_pem.write_to_path(papers.paths["ca"])
    await settings.clock.advance(INTERVAL)
    with pytest.raises(ssl.SSLError):
        Ends(server, client, first.client.session)


async def test_a_client_trusts_and_shows_what_stands_in_its_files_by_then(papers, settings, tmp_path):
    tls = papers.tls(ca_file=str(papers.paths["ca"]))
    client = decode(TlsClientConfig, tls).context(settings)

    def server():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        papers.authority.issue_cert("localhost").configure_cert(context)
        papers.authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    Ends(server(), client)
    papers.write(trustme.CA())
    with pytest.raises(ssl.SSLCertVerificationError):
        Ends(server(), client)
    await settings.clock.advance(INTERVAL)
    assert Ends(server(), client).speak() == b"hello"


async def test_protocols_and_versions_are_kept(papers, settings):
    tls = papers.tls(min_version="1.3")
    server = decode(TlsServerConfig, tls).context(settings, ("h2", "http/1.1"))
    client = decode(TlsClientConfig, {"insecure_skip_verify": True, "reload_interval": "1s"})
    client = client.context(settings, ("http/1.1",))
    papers.write(trustme.CA())
    await settings.clock.advance(INTERVAL)
    ends = Ends(server, client)
    assert (ends.client.selected_alpn_protocol(), ends.client.version()) == ("http/1.1", "TLSv1.3")
    with pytest.raises(ssl.SSLError):
        Ends(server, trusting(papers.authority, maximum_version=ssl.TLSVersion.TLSv1_2))


def test_files_that_cannot_be_used_at_the_start_are_an_error_all_the_same(papers, settings):
    papers.paths["key"].unlink()
    with pytest.raises(StartError, match=r"`tls\.key_file` cannot be read: "):
        decode(TlsServerConfig, papers.tls()).context(settings)


def test_sockets_follow_the_files_too(papers, settings):
    import socket

    server = decode(TlsServerConfig, papers.tls()).context(settings)
    left, right = socket.socketpair()
    with right, server.wrap_socket(left, server_side=True, do_handshake_on_connect=False) as secure:
        assert type(secure.context) is ssl.SSLContext
