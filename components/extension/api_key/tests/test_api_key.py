"""One key to send, and those of others to let in."""

import pytest

from penstock_api import ConfigError, Secret, decode
from penstock_api.capability import (
    API_KEY,
    API_KEY_AUTHORIZER,
    Allow,
    ApiKey,
    AuthorizedIdentity,
    Deny,
    DenyReason,
)
from penstock_extension_api_key import ApiKeyConfig, factory
from penstock_testkit import FakeClock, RunningBundle, handle_of, make_extension_settings, running


def made(clock=None, **config):
    settings = make_extension_settings("api_key", clock=clock or FakeClock())
    return factory.create(settings, decode(ApiKeyConfig, config)), settings


async def test_exporters_get_the_key_and_its_header_and_it_never_shows():
    provider = handle_of(made(key="secret-1", header="X-Key")[0], API_KEY)
    key = await provider.get_api_key()
    assert key == ApiKey("x-key", Secret("secret-1"))
    assert "secret-1" not in repr(key)


@pytest.mark.parametrize(
    ("shown", "decision"),
    [
        ("a-1", Allow(AuthorizedIdentity("team-a", "api_key"))),
        ("a-2", Deny(DenyReason.INVALID_CREDENTIAL)),
        ("", Deny(DenyReason.MISSING_CREDENTIAL)),
    ],
)
async def test_receivers_learn_whose_key_it_is(shown, decision):
    authorizer = handle_of(made(clients={"team-a": "a-1", "team-b": "b-1"})[0], API_KEY_AUTHORIZER)
    assert authorizer.header() == "x-api-key"
    assert await authorizer.authorize(shown) == decision


async def test_a_key_file_is_read_anew_when_it_has_changed(tmp_path):
    clock, path = FakeClock(), tmp_path / "key"
    path.write_text("first\n")
    bundle, settings = made(clock, key_file=str(path), clients={"a": "1"})
    values = bundle.first.handle._watch.values()
    async with running(RunningBundle(bundle, clock, settings.tasks), clock=clock):
        assert (await anext(values)).key == Secret("first")
        path.write_text("second\n")
        await clock.advance(10.0)
        assert (await anext(values)).key == Secret("second")
        assert (await handle_of(bundle, API_KEY).get_api_key()).key == Secret("second")


def test_without_clients_nobody_can_be_let_in():
    with pytest.raises(AssertionError, match="the bundle does not offer api_key_authorizer"):
        handle_of(made(key="a")[0], API_KEY_AUTHORIZER)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "one of `key`, `key_file` and `clients` must be set: none is"),
        ({"key": "a", "key_file": "b"}, "`key` and `key_file` exclude each other: remove one"),
        ({"clients": {"a": ""}}, "a key under `clients` must not be empty: a"),
        ({"key": "a", "header": "x key"}, "`header` must be the name of an HTTP header: 'x key'"),
    ],
)
def test_what_makes_no_sense_is_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        decode(ApiKeyConfig, config)


@pytest.mark.parametrize(
    "config",
    [{"key": "k"}, {"clients": {"a": "x"}}, {"key": "k", "clients": {"a": "x"}}],
)
def test_what_a_config_offers_is_known_before_anything_is_created(config):
    bundle, _ = made(**config)
    keys = tuple(offer.key for offer in (bundle.first, *bundle.more))
    assert factory.offers(decode(ApiKeyConfig, config)) == keys
