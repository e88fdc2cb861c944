"""Proving who sends, over HTTP."""

from penstock_api import decode
from penstock_exporter_otlp_http import OtlpHttpConfig
from penstock_exporter_otlp_http.transport import WireTransport
from penstock_testkit import make_settings
from penstock_testkit.sending import AuthCases


class Posting(WireTransport):
    async def send(self):
        return (await self.post((b"body",))).status == 200


class TestAuth(AuthCases):
    def sending(self, backend, auth, **config):
        value = decode(OtlpHttpConfig, {"endpoint": f"http://{backend.endpoint}", **config})
        return Posting(value, f"{value.endpoint}/v1/traces", {}, make_settings("exporter"), auth)

    def refuse(self, backend, times, *, forbidden=False):
        for _ in range(times):
            backend.answer(403 if forbidden else 401)

    def told(self, backend):
        return [headers["authorization"] for _, headers, _ in backend.requests]
