"""Who may send: an authenticator is asked before a body is looked at."""

import contextlib
from dataclasses import replace

import grpc
import httpx
import pytest

from penstock_api import DeniedError, Identity, RetryableError, Signal, decode
from penstock_api.capability import (
    BEARER_TOKEN_AUTHORIZER,
    Allow,
    AuthorizedIdentity,
    CapabilityError,
    Deny,
    DenyReason,
)
from penstock_api.config import references
from penstock_receiver_otlp import OtlpReceiverConfig, factory
from penstock_receiver_otlp.receiver import OtlpReceiver
from penstock_testkit import FakeCapabilities, RecordingConsumer, make_settings, running, traces

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
LOCAL = {"endpoint": "127.0.0.1:0"}
PROTOBUF = {"content-type": "application/x-protobuf"}


class Doorman:
    """Lets ann in."""

    def __init__(self):
        self.asked = []

    async def authenticate(self, headers, peer):
        self.asked.append((headers, peer))
        match headers.get("authorization"):
            case ("ann",):
                return Identity(principal="ann", scheme="word")
            case ("bob",):
                raise DeniedError("bob may not send here", is_forbidden=True)
            case ("later",):
                raise RetryableError("nobody is at the door", after=3)
        raise DeniedError("say who you are", challenge='Basic realm="otlp"')


@contextlib.asynccontextmanager
async def guarded(doorman, **config):
    sink, settings = RecordingConsumer(), make_settings("receiver", "otlp")
    protocols = {"grpc": LOCAL | config, "http": LOCAL | config}
    value = decode(OtlpReceiverConfig, {"protocols": protocols})
    receiver = OtlpReceiver(settings, value, auth={"grpc": doorman, "http": doorman})
    receiver.connect(Signal.TRACES, sink)
    async with running(receiver):
        yield receiver, sink


async def post(receiver, word, body=None, **headers):
    url = f"http://127.0.0.1:{receiver.addresses['http'][1]}/v1/traces"
    sent = PROTOBUF | ({"authorization": word} if word else {}) | headers
    async with httpx.AsyncClient() as web:
        return await web.post(url, content=traces(1).to_bytes() if body is None else body, headers=sent)


async def call(receiver, word, body=None, **options):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{receiver.addresses['grpc'][1]}") as channel:
        metadata = [("authorization", word)] if word else []
        sent = traces(1).to_bytes() if body is None else body
        return await channel.unary_unary(EXPORT)(sent, metadata=metadata, **options)


async def test_who_is_known_is_let_in_and_named():
    doorman = Doorman()
    async with guarded(doorman) as (receiver, sink):
        assert (await post(receiver, "ann")).status_code == 200
        assert await call(receiver, "ann") == b""
    assert [batch.client.identity for batch in sink.batches] == [Identity(principal="ann", scheme="word")] * 2
    assert all(batch.client.metadata == {} for batch in sink.batches)
    assert all(peer.startswith("127.0.0.1:") for _, peer in doorman.asked)


async def test_metadata_is_kept_beside_the_identity():
    async with guarded(Doorman(), include_metadata=True) as (receiver, sink):
        await post(receiver, "ann")
        await call(receiver, "ann")
    assert all(batch.client.metadata["authorization"] == ("ann",) for batch in sink.batches)


@pytest.mark.parametrize(
    ("word", "status", "code", "message"),
    [
        ("", 401, grpc.StatusCode.UNAUTHENTICATED, "say who you are"),
        ("bob", 403, grpc.StatusCode.PERMISSION_DENIED, "bob may not send here"),
        ("later", 503, grpc.StatusCode.UNAVAILABLE, "nobody is at the door"),
    ],
)
async def test_who_is_not_let_in_is_told_so(word, status, code, message):
    async with guarded(Doorman()) as (receiver, sink):
        reply = await post(receiver, word)
        assert (reply.status_code, message.encode() in reply.content) == (status, True)
        with pytest.raises(grpc.aio.AioRpcError, match=message) as caught:
            await call(receiver, word)
        assert caught.value.code() is code
    assert sink.offered == []


async def test_the_way_in_is_told_over_http():
    async with guarded(Doorman()) as (receiver, _):
        assert (await post(receiver, "")).headers["www-authenticate"] == 'Basic realm="otlp"'
        assert "www-authenticate" not in (await post(receiver, "bob")).headers
        assert (await post(receiver, "later")).headers["retry-after"] == "3"


async def test_nothing_is_inflated_or_decoded_of_who_is_not_let_in():
    async with guarded(Doorman()) as (receiver, _):
        reply = await post(receiver, "", b"not gzip", **{"content-encoding": "gzip"})
        assert reply.status_code == 401
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(receiver, "", b"\xff not a request")
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_an_authenticator_that_breaks_lets_nobody_in():
    class Broken:
        async def authenticate(self, headers, peer):
            raise LookupError("no database")

    async with guarded(Broken()) as (receiver, sink):
        assert (await post(receiver, "ann")).status_code == 500
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(receiver, "ann")
        assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert sink.offered == []


async def test_a_deadline_also_ends_a_call_that_waits_to_be_let_in():
    class Slow(Doorman):
        async def authenticate(self, headers, peer):
            await started.wait()

    import asyncio

    started = asyncio.Event()
    async with guarded(Slow()) as (receiver, _):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(receiver, "ann", timeout=0.1)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


class Tokens:
    """An authorizer of bearer tokens."""

    async def authorize(self, token):
        if token == "broken":
            raise CapabilityError("idp", "bearer_token_authorizer", "no route")
        identity = AuthorizedIdentity(token, "bearer")
        return Allow(identity) if token == "ann" else Deny(DenyReason.INVALID_CREDENTIAL)


@contextlib.asynccontextmanager
async def created(capabilities):
    sink = RecordingConsumer()
    settings = replace(make_settings("receiver", "otlp"), capabilities=capabilities)
    config = decode(OtlpReceiverConfig, {"protocols": {"grpc": LOCAL, "http": LOCAL}})
    receiver = factory.create_traces(settings, config, sink)
    assert factory.create_logs(settings, config, RecordingConsumer()) is receiver
    async with running(receiver):
        yield receiver, sink


async def test_the_authorizer_that_is_bound_decides_for_both_protocols():
    async with created(FakeCapabilities({BEARER_TOKEN_AUTHORIZER: Tokens()})) as (receiver, sink):
        assert (await post(receiver, "Bearer ann")).status_code == 200
        await call(receiver, "Bearer ann")
        refused = await post(receiver, "Bearer bob")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="otlp"')
        assert (await post(receiver, "Bearer broken")).status_code == 503
        with pytest.raises(grpc.aio.AioRpcError, match="nothing could be decided") as caught:
            await call(receiver, "Bearer broken")
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert [batch.client.identity.principal for batch in sink.batches] == ["ann", "ann"]


async def test_r_70_several_authorizers_are_asked_in_order_until_one_knows_the_sender():
    class Team:
        def __init__(self, *names):
            self.names, self.asked = names, []

        async def authorize(self, token):
            self.asked.append(token)
            if token == "blocked":
                return Deny(DenyReason.NOT_PERMITTED)
            known = Allow(AuthorizedIdentity(token, "bearer"))
            return known if token in self.names else Deny(DenyReason.INVALID_CREDENTIAL)

    first, second = Team("ann"), Team("bob")
    bound = FakeCapabilities({BEARER_TOKEN_AUTHORIZER: (first, second)})
    async with created(bound) as (receiver, sink):
        words = ("ann", "bob", "eve", "blocked")
        codes = [(await post(receiver, f"Bearer {word}")).status_code for word in words]
    assert codes == [200, 200, 401, 403]
    assert (first.asked, second.asked) == (list(words), ["bob", "eve"])
    assert [batch.client.identity.principal for batch in sink.batches] == ["ann", "bob"]


async def test_an_authorizer_may_be_bound_to_one_protocol():
    async with created(FakeCapabilities({"bearer_token_authorizer/grpc": Tokens()})) as (receiver, _):
        assert (await post(receiver, "")).status_code == 200
        with pytest.raises(grpc.aio.AioRpcError, match="no credentials were sent"):
            await call(receiver, "")


def test_the_config_names_an_authenticator_for_each_protocol():
    value = {
        "protocols": {"grpc": {"auth": {"authenticator": "a"}}, "http": {"auth": {"authenticator": "b"}}}
    }
    found = [(one.extension, one.slot) for one in references(decode(OtlpReceiverConfig, value))]
    assert found == [("a", "grpc"), ("b", "http")]
