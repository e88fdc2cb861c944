"""Capabilities of extensions as what network components ask: who may send, and how to prove who sends."""

import base64
import logging

import pytest

from penstock_api import DeniedError, Identity, RetryableError, Secret
from penstock_api.admitting import server_auths
from penstock_api.capability import (
    API_KEY,
    API_KEY_AUTHORIZER,
    BASIC_AUTHORIZER,
    BASIC_CREDENTIALS,
    BEARER_TOKEN_AUTHORIZER,
    BEARER_TOKEN_PROVIDER,
    Allow,
    ApiKey,
    AuthorizedIdentity,
    BasicCredentials,
    BearerToken,
    CapabilityClaimError,
    CapabilityError,
    CapabilityNotBoundError,
    Deny,
    DenyReason,
)
from penstock_api.proving import client_auth
from penstock_testkit import FakeCapabilities

LOG = logging.getLogger("penstock.test")


def bound(**handles):
    """Capabilities to which `handles` are bound, by name or `name__slot`."""
    return FakeCapabilities({name.replace("__", "/"): one for name, one in handles.items()})


class Door:
    """Authorizes one user by any kind of credentials, and says `answer` to others."""

    def __init__(self, answer=None):
        self.answer = answer or Deny(DenyReason.INVALID_CREDENTIAL, "who is that")

    def header(self):
        return "x-key"

    async def authorize(self, *credentials):
        if isinstance(self.answer, Exception):
            raise self.answer
        if credentials in (("good",), ("ann", "pass:word")):
            return Allow(AuthorizedIdentity("ann", "word", {"team": ("a",)}))
        return self.answer


def basic(text):
    return {"authorization": (f"Basic {base64.b64encode(text.encode()).decode()}",)}


BEARER, BASIC, KEY = (one.name for one in (BEARER_TOKEN_AUTHORIZER, BASIC_AUTHORIZER, API_KEY_AUTHORIZER))


def guard(*names, door=None):
    return server_auths(bound(**dict.fromkeys(names, door or Door())), ("grpc",), LOG)["grpc"]


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        (BEARER, {"authorization": ("Bearer good",)}),
        (BEARER, {"authorization": ("bearer  good",)}),
        (BASIC, basic("ann:pass:word")),
        (KEY, {"x-key": ("good",)}),
    ],
)
async def test_whoever_shows_the_right_credentials_is_let_in_by_name(name, headers):
    for guarded in (guard(name), guard(BEARER, BASIC, KEY)):
        identity = await guarded.authenticate(headers, "1.2.3.4:5")
        assert identity == Identity(principal="ann", scheme="word", claims={"team": ("a",)})


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "no credentials were sent"),
        ({"authorization": ("Digest good",)}, "no credentials were sent"),
        ({"authorization": ("Bearer bad",)}, "the credentials are not valid"),
        ({"authorization": ("Bearer good", "Bearer good")}, "the credentials are not valid"),
        ({"authorization": ("Basic %%%",)}, "the credentials are not valid"),
        (basic("ann"), "the credentials are not valid"),
        ({"authorization": ("Basic /w==",)}, "the credentials are not valid"),
        ({"x-key": ("bad",)}, "the credentials are not valid"),
        ({"x-key": ("good", "good")}, "the credentials are not valid"),
    ],
)
async def test_whoever_does_not_is_refused_and_told_what_would_help_but_not_why(headers, says):
    with pytest.raises(DeniedError, match=f"^{says}$") as caught:
        await guard(BEARER, BASIC, KEY).authenticate(headers, "1.2.3.4:5")
    assert caught.value.code == 16
    assert caught.value.challenge == 'Bearer realm="otlp", Basic realm="otlp"'


async def test_who_is_known_but_may_not_is_forbidden():
    door = Door(Deny(DenyReason.NOT_PERMITTED))
    with pytest.raises(DeniedError, match="the sender may not do this") as caught:
        await guard(KEY, door=door).authenticate({"x-key": ("bad",)}, "")
    assert (caught.value.code, caught.value.challenge) == (7, "")


async def test_an_authorizer_that_cannot_decide_lets_nobody_in(caplog):
    door = Door(CapabilityError("idp", "bearer_token_authorizer", "no route"))
    auth, headers = guard(BEARER, door=door), {"authorization": ("Bearer good",)}
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            with pytest.raises(RetryableError, match=r"^nothing could be decided about the sender$"):
                await auth.authenticate(headers, "")
        door.answer = Allow(AuthorizedIdentity("a", "bearer"))
        await auth.authenticate(headers, "")
    assert caplog.messages == ["cannot decide about senders", "can decide about senders again"]


def test_one_that_is_bound_without_a_slot_serves_all_that_have_none_of_their_own():
    capabilities = bound(bearer_token_authorizer=Door(), basic_authorizer__http=Door())
    auths = server_auths(capabilities, ("grpc", "http"), LOG)
    assert (len(auths["grpc"].bearer), len(auths["grpc"].basic)) == (1, 0)
    assert (len(auths["http"].bearer), len(auths["http"].basic)) == (0, 1)
    assert server_auths(bound(), ("grpc", "http"), LOG) == {}


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("bearer_token_authorizer", {"authorization": ("Bearer good",)}),
        ("basic_authorizer", {"authorization": ("Basic YW5uOnBhc3M6d29yZA==",)}),
        ("api_key_authorizer", {"x-key": ("good",)}),
    ],
)
async def test_r_70_several_of_one_kind_are_asked_in_order_until_one_knows_the_sender(name, headers):
    class Stranger(Door):
        async def authorize(self, *_):
            return Deny(DenyReason.INVALID_CREDENTIAL)

    known = server_auths(bound(**{name: (Stranger(), Door())}), ("grpc",), LOG)["grpc"]
    assert (await known.authenticate(headers, "peer")).principal
    unknown = server_auths(bound(**{name: (Stranger(), Stranger())}), ("grpc",), LOG)["grpc"]
    with pytest.raises(DeniedError, match="the credentials are not valid"):
        await unknown.authenticate(headers, "peer")


class Giving:
    """Gives credentials of every kind."""

    def __init__(self):
        self.word = "one"

    async def get_token(self):
        if not self.word:
            raise CapabilityError("idp", "bearer_token_provider", "no answer")
        return BearerToken(Secret(self.word))

    async def get_credentials(self):
        return BasicCredentials("ann", Secret(self.word))

    async def get_api_key(self):
        return ApiKey("x-key", Secret(self.word))


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (BEARER_TOKEN_PROVIDER, ("authorization", "Bearer one")),
        (BASIC_CREDENTIALS, ("authorization", "Basic YW5uOm9uZQ==")),
        (API_KEY, ("x-key", "one")),
    ],
)
async def test_headers_stay_the_same_object_until_the_credentials_change(key, header):
    giving = Giving()
    auth = client_auth(bound(**{key.name: giving}))
    first = await auth.headers()
    assert first == (header,)
    assert await auth.headers() is first
    assert not await auth.refused(first)
    giving.word = "two"
    assert await auth.refused(first)
    assert await auth.headers() != first


async def test_without_credentials_nothing_is_sent_for_now():
    giving = Giving()
    giving.word = ""
    with pytest.raises(
        RetryableError, match="there are no credentials to send: bearer_token_provider of extension idp"
    ):
        await client_auth(bound(bearer_token_provider=giving)).headers()


def test_nothing_bound_is_no_auth_and_two_kinds_are_an_error():
    assert client_auth(bound()) is None
    with pytest.raises(CapabilityClaimError, match="several kinds of credentials are bound") as caught:
        client_auth(bound(bearer_token_provider=Giving(), api_key=Giving()))
    assert caught.value.hint == "bind one of bearer_token_provider, basic_credentials and api_key"


def test_auth_that_is_configured_and_not_bound_lets_nobody_in_and_sends_nothing():
    slots = ("grpc", "http")
    with pytest.raises(CapabilityNotBoundError, match="no authorizer is bound for http") as caught:
        server_auths(bound(basic_authorizer__grpc=Door()), slots, LOG, required=slots)
    assert caught.value.hint == "bind bearer_token_authorizer, or another one"
    with pytest.raises(CapabilityNotBoundError, match="no credentials are bound") as caught:
        client_auth(bound(), required=True)
    assert caught.value.hint == "bind bearer_token_provider, or another one"
