import grpc
import pytest
import trustme

from penstock_api import RetryableError, StartError, decode
from penstock_exporter_otlp_grpc import OtlpGrpcConfig, factory
from penstock_testkit import make_settings, running, start, traces

OFF = {"enabled": False}


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def exporter(endpoint, **tls):
    value = {"endpoint": endpoint, "retry_on_failure": OFF, "sending_queue": OFF, "tls": tls}
    return factory.create_traces(make_settings("exporter"), decode(OtlpGrpcConfig, value))


def server(authority, name="127.0.0.1", *, ask=False):
    own = authority.issue_cert(name)
    chain = b"".join(one.bytes() for one in own.cert_chain_pems)
    trusted = authority.cert_pem.bytes() if ask else None
    return grpc.ssl_server_credentials([(own.private_key_pem.bytes(), chain)], trusted, ask)


@pytest.mark.parametrize("scheme", ["", "https://"])
async def test_tls_with_an_own_authority(stopped, authority, tmp_path, scheme):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with stopped.serving(credentials=server(authority)):
        endpoint = scheme + stopped.endpoint
        async with running(exporter(endpoint, ca_file=str(tmp_path / "ca.pem"))) as sending:
            await sending.consume(traces(1))
    assert len(stopped.requests) == 1


async def test_the_server_may_have_another_name(stopped, authority):
    tls = {"ca_pem": authority.cert_pem.bytes().decode(), "server_name_override": "gateway.example.com"}
    async with (
        stopped.serving(credentials=server(authority, "gateway.example.com")),
        running(exporter(stopped.endpoint, **tls)) as sending,
    ):
        await sending.consume(traces(1))
    assert len(stopped.requests) == 1


async def test_mutual_tls(stopped, authority):
    own = authority.issue_cert("client@example.com")
    tls = {
        "ca_pem": authority.cert_pem.bytes().decode(),
        "cert_pem": own.cert_chain_pems[0].bytes().decode(),
        "key_pem": own.private_key_pem.bytes().decode(),
    }
    async with (
        stopped.serving(credentials=server(authority, ask=True)),
        running(exporter(stopped.endpoint, **tls)) as sending,
    ):
        await sending.consume(traces(1))
    assert len(stopped.requests) == 1


@pytest.mark.parametrize("trusted", [{}, {"ca_pem": trustme.CA().cert_pem.bytes().decode()}])
async def test_an_authority_that_is_not_trusted_is_not_sent_to(stopped, authority, trusted):
    async with (
        stopped.serving(credentials=server(authority)),
        running(exporter(stopped.endpoint, **trusted)) as sending,
    ):
        with pytest.raises(RetryableError, match="UNAVAILABLE"):
            await sending.consume(traces(1))
    assert stopped.requests == []


async def test_a_bare_endpoint_does_not_speak_plain_text(backend):
    async with running(exporter(backend.endpoint)) as sending:
        with pytest.raises(RetryableError, match="UNAVAILABLE"):
            await sending.consume(traces(1))
    assert backend.requests == []


async def test_broken_files_are_found_at_start(tmp_path):
    with pytest.raises(StartError, match=r"^`tls.ca_file` cannot be read: "):
        await start(exporter("127.0.0.1:1", ca_file=str(tmp_path / "missing.pem")))
    (tmp_path / "ca.pem").write_text("no")
    with pytest.raises(StartError, match=r"of `tls` cannot be used"):
        await start(exporter("127.0.0.1:1", ca_file=str(tmp_path / "ca.pem")))


async def test_verification_can_be_turned_off(stopped, authority):
    async with (
        stopped.serving(credentials=server(authority)),
        running(exporter(stopped.endpoint, insecure_skip_verify=True)) as sending,
    ):
        await sending.consume(traces(1))
    assert len(stopped.requests) == 1


async def test_versions_of_tls_are_kept(stopped, authority):
    tls = {"ca_pem": authority.cert_pem.bytes().decode(), "min_version": "1.2", "max_version": "1.2"}
    async with (
        stopped.serving(credentials=server(authority)),
        running(exporter(stopped.endpoint, **tls)) as sending,
    ):
        await sending.consume(traces(1))
    assert len(stopped.requests) == 1
