"""Proving who sends: metadata of an auth extension, and other when the server refuses it."""

import grpc
import pytest

from penstock_api import RetryableError, decode
from penstock_exporter_otlp_grpc import OtlpGrpcConfig
from penstock_exporter_otlp_grpc.transport import CallError, WireTransport
from penstock_testkit import make_settings, running

FIRST, SECOND = (("authorization", "Bearer 1"),), (("authorization", "Bearer 2"),)
REFUSED = grpc.StatusCode.UNAUTHENTICATED


class Tokens:
    """Gives FIRST until it is refused."""

    def __init__(self, *, renews=True):
        self.now, self.renews, self.refusals = FIRST, renews, []

    async def headers(self):
        return self.now

    async def refused(self, headers):
        self.refusals.append(headers)
        self.now = SECOND
        return self.renews


class Calling:
    """A transport as a component that can be run."""

    def __init__(self, backend, auth, **config):
        value = {"endpoint": backend.endpoint, "tls": {"insecure": True}, **config}
        settings = make_settings("exporter")
        self.transport = WireTransport(
            decode(OtlpGrpcConfig, value), "/a.B/C", user_agent="me", timeout=0, settings=settings, auth=auth
        )
        self.start = self.transport.start

    async def shutdown(self, _deadline):
        await self.transport.close()

    async def call(self):
        return await self.transport.call((b"body",))


async def test_the_metadata_of_the_extension_is_sent_in_place_of_configured_one(backend):
    async with running(Calling(backend, Tokens(), headers={"Authorization": "mine"})) as sending:
        assert [await sending.call(), await sending.call()] == [b"", b""]
    assert backend.metadata["authorization"] == "Bearer 1"


async def test_a_refusal_is_answered_with_new_metadata_once(backend):
    backend.answers = [REFUSED, b""]
    tokens = Tokens()
    async with running(Calling(backend, tokens)) as sending:
        assert await sending.call() == b""
        assert backend.metadata["authorization"] == "Bearer 2"
        backend.answers = [REFUSED, REFUSED]
        with pytest.raises(CallError, match="told to"):
            await sending.call()
    assert len(backend.requests) == 4
    assert tokens.refusals == [FIRST, SECOND]


async def test_an_extension_without_other_metadata_leaves_it_at_that(backend):
    backend.answers = [REFUSED]
    async with running(Calling(backend, Tokens(renews=False))) as sending:
        with pytest.raises(CallError, match="told to"):
            await sending.call()
    assert len(backend.requests) == 1


async def test_other_answers_are_no_refusal(backend):
    backend.answers = [grpc.StatusCode.PERMISSION_DENIED]
    tokens = Tokens()
    async with running(Calling(backend, tokens)) as sending:
        with pytest.raises(CallError, match="told to"):
            await sending.call()
    assert tokens.refusals == []


async def test_without_metadata_nothing_is_sent(backend):
    class Empty(Tokens):
        async def headers(self):
            raise RetryableError("no token yet")

    async with running(Calling(backend, Empty())) as sending:
        with pytest.raises(RetryableError, match="no token yet"):
            await sending.call()
    assert backend.requests == []
