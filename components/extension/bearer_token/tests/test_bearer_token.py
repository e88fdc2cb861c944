"""One token to send, and those of others to let in."""

import pytest

from penstock_api import ConfigError, Secret, decode
from penstock_api.capability import (
    BEARER_TOKEN_AUTHORIZER,
    BEARER_TOKEN_PROVIDER,
    Allow,
    AuthorizedIdentity,
    Deny,
    DenyReason,
)
from penstock_extension_bearer_token import BearerTokenConfig, factory
from penstock_testkit import FakeClock, RunningBundle, handle_of, make_extension_settings, running


def made(clock=None, **config):
    settings = make_extension_settings("bearer_token", clock=clock or FakeClock())
    return factory.create(settings, decode(BearerTokenConfig, config)), settings


async def test_exporters_get_the_token_and_it_never_shows():
    provider = handle_of(made(token="secret-1")[0], BEARER_TOKEN_PROVIDER)
    token = await provider.get_token()
    assert token.token.reveal() == "secret-1"
    assert "secret-1" not in repr(token)
    assert (await anext(provider.token_stream())) is token


@pytest.mark.parametrize(
    ("shown", "decision"),
    [
        ("a-1", Allow(AuthorizedIdentity("team-a", "bearer"))),
        ("b-1", Allow(AuthorizedIdentity("team-b", "bearer"))),
        ("b-2", Deny(DenyReason.INVALID_CREDENTIAL)),
        ("", Deny(DenyReason.MISSING_CREDENTIAL)),
    ],
)
async def test_receivers_learn_whose_token_it_is(shown, decision):
    bundle, _ = made(clients={"team-a": "a-1", "team-b": "b-1"})
    assert await handle_of(bundle, BEARER_TOKEN_AUTHORIZER).authorize(shown) == decision


async def test_without_clients_the_token_itself_is_let_in():
    bundle, _ = made(token="secret-1")
    authorizer = handle_of(bundle, BEARER_TOKEN_AUTHORIZER)
    assert await authorizer.authorize("secret-1") == Allow(AuthorizedIdentity("bearer", "bearer"))
    assert isinstance(await authorizer.authorize("secret-2"), Deny)


async def test_a_token_file_is_read_anew_when_it_has_changed(tmp_path):
    clock, path = FakeClock(), tmp_path / "token"
    path.write_text("first\n")
    bundle, settings = made(clock, token_file=str(path))
    provider, authorizer = (
        handle_of(bundle, BEARER_TOKEN_PROVIDER),
        handle_of(bundle, BEARER_TOKEN_AUTHORIZER),
    )
    async with running(RunningBundle(bundle, clock, settings.tasks), clock=clock):
        stream = provider.token_stream()
        assert (await anext(stream)).token == Secret("first")
        path.write_text("second\n")
        await clock.advance(10.0)
        assert (await anext(stream)).token == Secret("second")
        assert isinstance(await authorizer.authorize("first"), Deny)
        assert isinstance(await authorizer.authorize("second"), Allow)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "one of `token`, `token_file` and `clients` must be set: none is"),
        ({"token": "a", "token_file": "b"}, "`token` and `token_file` exclude each other: remove one"),
        ({"clients": {"a": ""}}, "a token under `clients` must not be empty: a"),
    ],
)
def test_what_makes_no_sense_is_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        decode(BearerTokenConfig, config)


@pytest.mark.parametrize(
    "config",
    [{"token": "t"}, {"clients": {"a": "x"}}, {"token": "t", "clients": {"a": "x"}}],
)
def test_what_a_config_offers_is_known_before_anything_is_created(config):
    bundle, _ = made(**config)
    keys = tuple(offer.key for offer in (bundle.first, *bundle.more))
    assert factory.offers(decode(BearerTokenConfig, config)) == keys
