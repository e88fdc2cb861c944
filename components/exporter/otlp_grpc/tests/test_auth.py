"""Proving who sends, over gRPC."""

import grpc

from penstock_api import decode
from penstock_exporter_otlp_grpc import OtlpGrpcConfig
from penstock_exporter_otlp_grpc.transport import CallError, WireTransport
from penstock_testkit import make_settings
from penstock_testkit.sending import AuthCases

REFUSED, FORBIDDEN = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED


class Calling(WireTransport):
    async def send(self):
        try:
            await self.call((b"body",))
        except CallError as error:
            return error.message != "told to"
        return True


class TestAuth(AuthCases):
    def sending(self, backend, auth, **config):
        value = decode(OtlpGrpcConfig, {"endpoint": backend.endpoint, "tls": {"insecure": True}, **config})
        return Calling(
            value, "/a.B/C", user_agent="me", timeout=0, settings=make_settings("exporter"), auth=auth
        )

    def refuse(self, backend, times, *, forbidden=False):
        backend.answers = [FORBIDDEN if forbidden else REFUSED] * times

    def told(self, backend):
        return backend.authorizations
