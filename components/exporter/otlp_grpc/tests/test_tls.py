import grpc
import pytest

from penstock_api import RetryableError, decode
from penstock_exporter_otlp_grpc import OtlpGrpcConfig, factory
from penstock_testkit import make_settings, running, traces
from penstock_testkit.sending import TlsCases

OFF = {"enabled": False}


class TestTls(TlsCases):
    untrusted = "UNAVAILABLE"

    def exporter(self, endpoint, **tls):
        value = {"endpoint": endpoint, "retry_on_failure": OFF, "sending_queue": OFF, "tls": tls}
        return factory.create_traces(make_settings("exporter"), decode(OtlpGrpcConfig, value))

    def serving(self, backend, authority, name="127.0.0.1", *, ask=False):
        own = authority.issue_cert(name)
        chain = b"".join(one.bytes() for one in own.cert_chain_pems)
        trusted = authority.cert_pem.bytes() if ask else None
        credentials = grpc.ssl_server_credentials([(own.private_key_pem.bytes(), chain)], trusted, ask)
        return backend.serving(credentials=credentials)

    async def test_the_endpoint_may_say_https(self, stopped, authority):
        tls = {"ca_pem": authority.cert_pem.bytes().decode()}
        async with (
            self.serving(stopped, authority),
            running(self.exporter(f"https://{stopped.endpoint}", **tls)) as sending,
        ):
            await sending.consume(traces(1))
        assert len(stopped.requests) == 1

    async def test_a_bare_endpoint_does_not_speak_plain_text(self, backend):
        async with running(self.exporter(backend.endpoint)) as sending:
            with pytest.raises(RetryableError, match="UNAVAILABLE"):
                await sending.consume(traces(1))
        assert backend.requests == []

    async def test_versions_of_tls_are_kept(self, stopped, authority):
        tls = {"ca_pem": authority.cert_pem.bytes().decode(), "min_version": "1.2", "max_version": "1.2"}
        async with (
            self.serving(stopped, authority),
            running(self.exporter(stopped.endpoint, **tls)) as sending,
        ):
            await sending.consume(traces(1))
        assert len(stopped.requests) == 1
