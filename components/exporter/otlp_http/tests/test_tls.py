import ssl

import pytest

from penstock_api import RetryableError, decode
from penstock_exporter_otlp_http import OtlpHttpConfig, factory
from penstock_testkit import make_settings, running, traces
from penstock_testkit.sending import TlsCases

OFF = {"enabled": False}


def server(authority, name="127.0.0.1", *, ask=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    if ask:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class TestTls(TlsCases):
    untrusted = "CERTIFICATE_VERIFY_FAILED"

    def exporter(self, endpoint, **tls):
        value = {"endpoint": f"https://{endpoint}", "retry_on_failure": OFF, "sending_queue": OFF, "tls": tls}
        return factory.create_traces(make_settings("exporter"), decode(OtlpHttpConfig, value))

    def serving(self, backend, authority, name="127.0.0.1", *, ask=False):
        return backend.serving(tls=server(authority, name, ask=ask))

    async def test_versions_of_tls_are_kept(self, stopped, authority):
        context = server(authority)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        tls = {"ca_pem": authority.cert_pem.bytes().decode(), "min_version": "1.3"}
        async with stopped.serving(tls=context), running(self.exporter(stopped.endpoint, **tls)) as sending:
            with pytest.raises(RetryableError, match="DisconnectedError"):
                await sending.consume(traces(1))
