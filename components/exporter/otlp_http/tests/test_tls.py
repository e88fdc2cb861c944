import ssl

import pytest
import trustme

from penstock_api import RetryableError, StartError, decode
from penstock_exporter_otlp_http import OtlpHttpConfig, factory
from penstock_testkit import make_settings, running, start, traces

OFF = {"enabled": False}


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def exporter(endpoint, **tls):
    value = {"endpoint": f"https://{endpoint}", "retry_on_failure": OFF, "sending_queue": OFF, "tls": tls}
    return factory.create_traces(make_settings("exporter"), decode(OtlpHttpConfig, value))


def server(authority, name="127.0.0.1", *, ask=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    if ask:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_tls_with_an_own_authority(stopped, authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with (
        stopped.serving(tls=server(authority)),
        running(exporter(stopped.endpoint, ca_file=str(tmp_path / "ca.pem"))) as sending,
    ):
        await sending.consume(traces(1))
    assert len(stopped.requests) == 1


async def test_the_server_may_have_another_name(stopped, authority):
    tls = {"ca_pem": authority.cert_pem.bytes().decode(), "server_name_override": "gateway.example.com"}
    async with (
        stopped.serving(tls=server(authority, "gateway.example.com")),
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
        stopped.serving(tls=server(authority, ask=True)),
        running(exporter(stopped.endpoint, **tls)) as sending,
    ):
        await sending.consume(traces(1))
    assert len(stopped.requests) == 1


@pytest.mark.parametrize("trusted", [{}, {"ca_pem": trustme.CA().cert_pem.bytes().decode()}])
async def test_an_authority_that_is_not_trusted_is_not_sent_to(stopped, authority, trusted):
    async with (
        stopped.serving(tls=server(authority)),
        running(exporter(stopped.endpoint, **trusted)) as sending,
    ):
        with pytest.raises(RetryableError, match="CERTIFICATE_VERIFY_FAILED"):
            await sending.consume(traces(1))
    assert stopped.requests == []


async def test_verification_can_be_turned_off(stopped, authority):
    async with (
        stopped.serving(tls=server(authority)),
        running(exporter(stopped.endpoint, insecure_skip_verify=True)) as sending,
    ):
        await sending.consume(traces(1))
    assert len(stopped.requests) == 1


async def test_versions_of_tls_are_kept(stopped, authority):
    context = server(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    tls = {"ca_pem": authority.cert_pem.bytes().decode(), "min_version": "1.3"}
    async with stopped.serving(tls=context), running(exporter(stopped.endpoint, **tls)) as sending:
        with pytest.raises(RetryableError, match="DisconnectedError"):
            await sending.consume(traces(1))


async def test_broken_files_are_found_at_start(tmp_path):
    with pytest.raises(StartError, match=r"^`tls.ca_file` cannot be read: "):
        await start(exporter("127.0.0.1:1", ca_file=str(tmp_path / "missing.pem")))
