"""Proving who sends: headers of an auth extension, and others when the server refuses them."""

import pytest

from penstock_api import RetryableError, decode
from penstock_exporter_otlp_http import OtlpHttpConfig
from penstock_exporter_otlp_http.transport import WireTransport
from penstock_testkit import make_settings, running

FIRST, SECOND = (("authorization", "Bearer 1"),), (("authorization", "Bearer 2"),)


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


class Posting:
    """A transport as a component that can be run."""

    def __init__(self, backend, auth, **config):
        value = decode(OtlpHttpConfig, {"endpoint": f"http://{backend.endpoint}", **config})
        settings = make_settings("exporter")
        self.transport = WireTransport(value, f"{value.endpoint}/v1/traces", {}, settings, auth)
        self.start = self.transport.start

    async def shutdown(self, _deadline):
        await self.transport.close()

    async def post(self):
        return (await self.transport.post((b"body",))).status


def sent(backend):
    return [headers["authorization"] for _, headers, _ in backend.requests]


async def test_the_headers_of_the_extension_are_sent_in_place_of_configured_ones(backend):
    async with running(Posting(backend, Tokens(), headers={"Authorization": "mine"})) as sending:
        assert [await sending.post(), await sending.post()] == [200, 200]
    assert sent(backend) == ["Bearer 1", "Bearer 1"]


async def test_a_refusal_is_answered_with_new_headers_once(backend):
    backend.answer(401)
    tokens = Tokens()
    async with running(Posting(backend, tokens)) as sending:
        assert await sending.post() == 200
        backend.answer(401)
        backend.answer(401)
        assert await sending.post() == 401
    assert sent(backend) == ["Bearer 1", "Bearer 2", "Bearer 2", "Bearer 2"]
    assert tokens.refusals == [FIRST, SECOND]


async def test_an_extension_without_other_headers_leaves_it_at_that(backend):
    backend.answer(401)
    async with running(Posting(backend, Tokens(renews=False))) as sending:
        assert await sending.post() == 401
    assert len(backend.requests) == 1


async def test_other_answers_are_no_refusal(backend):
    backend.answer(403)
    tokens = Tokens()
    async with running(Posting(backend, tokens)) as sending:
        assert await sending.post() == 403
    assert tokens.refusals == []


async def test_without_headers_nothing_is_sent(backend):
    class Empty(Tokens):
        async def headers(self):
            raise RetryableError("no token yet")

    async with running(Posting(backend, Empty())) as sending:
        with pytest.raises(RetryableError, match="no token yet"):
            await sending.post()
    assert backend.requests == []
