"""One name and password to send, and those of others to let in."""

import asyncio
import re

import pytest

from penstock_api import ConfigError, Secret, StartError, decode
from penstock_api.capability import (
    BASIC_AUTHORIZER,
    BASIC_CREDENTIALS,
    Allow,
    AuthorizedIdentity,
    BasicCredentials,
    Deny,
    DenyReason,
)
from penstock_extension_basic_auth import BasicAuthConfig, factory
from penstock_extension_basic_auth.users import Users, read_users
from penstock_testkit import FakeClock, RunningBundle, handle_of, make_extension_settings, running

RIGHT = "$2b$04$T2D71eeOvbq3568BKgKG3emIiRsbQmdjQvnGldgge3p2xae5pXSTq"  # of the password `right`
SHA = "{SHA}2PRZAyDhNDqRW2OUFwZQqPNdaSY="


def made(clock=None, **config):
    settings = make_extension_settings("basic_auth", clock=clock or FakeClock())
    return factory.create(settings, decode(BasicAuthConfig, config)), settings


async def test_exporters_get_name_and_password_and_the_password_never_shows():
    bundle, _ = made(client_auth={"username": "agent", "password": "secret-1"})
    found = await handle_of(bundle, BASIC_CREDENTIALS).get_credentials()
    assert found == BasicCredentials("agent", Secret("secret-1"))
    assert "secret-1" not in repr(found)


@pytest.mark.parametrize(
    ("shown", "decision"),
    [
        (("a", "right"), Allow(AuthorizedIdentity("a", "basic"))),
        (("b", "sha"), Allow(AuthorizedIdentity("b", "basic"))),
        (("a", "wrong"), Deny(DenyReason.INVALID_CREDENTIAL)),
        (("b", "wrong"), Deny(DenyReason.INVALID_CREDENTIAL)),
        (("nobody", "nobody"), Deny(DenyReason.INVALID_CREDENTIAL)),
        (("c", "right"), Deny(DenyReason.INVALID_CREDENTIAL)),
        (("", ""), Deny(DenyReason.MISSING_CREDENTIAL)),
    ],
)
async def test_receivers_let_in_who_has_the_password_of_the_name(shown, decision):
    lines = f"# ours\na:{RIGHT}\n\nb:{SHA}\nc:$2b$04$short\n"
    bundle, _ = made(htpasswd={"inline": lines})
    authorizer = handle_of(bundle, BASIC_AUTHORIZER)
    assert [await authorizer.authorize(*shown) for _ in range(2)] == [decision, decision]


async def test_r_61_a_password_is_computed_once_however_many_show_it():
    computed = []

    class Counting(dict):
        def get(self, name):
            computed.append(name)
            return super().get(name)

    bundle, _ = made(htpasswd={"inline": f"a:{RIGHT}"})
    handle = handle_of(bundle, BASIC_AUTHORIZER)
    object.__setattr__(handle._watch.current.users, "hashes", Counting(a=RIGHT))
    await asyncio.gather(*(handle.authorize("a", "right") for _ in range(100)))
    assert len(computed) <= 2


async def test_files_are_read_anew_together_when_one_has_changed(tmp_path):
    clock, password, users = FakeClock(), tmp_path / "password", tmp_path / "htpasswd"
    password.write_text("one\n")
    users.write_text(f"a:{RIGHT}\n")
    client = {"username": "agent", "password_file": str(password)}
    bundle, settings = made(clock, client_auth=client, htpasswd={"file": str(users)})
    provider, authorizer = handle_of(bundle, BASIC_CREDENTIALS), handle_of(bundle, BASIC_AUTHORIZER)
    values = provider._watch.values()
    async with running(RunningBundle(bundle, clock, settings.tasks), clock=clock):
        await anext(values)
        assert isinstance(await authorizer.authorize("a", "right"), Allow)
        password.write_text("two\n")
        users.write_text(f"other:{RIGHT}\n")
        await clock.advance(10.0)
        await anext(values)
        assert (await provider.get_credentials()).password == Secret("two")
        assert isinstance(await authorizer.authorize("a", "right"), Deny)
        assert isinstance(await authorizer.authorize("other", "right"), Allow)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a:x\n", "users:1: only hashes of bcrypt (`htpasswd -B`) and {SHA} are taken: a"),
        (f"a:{RIGHT}\nnonsense", "users:2: not a line of `name:hash`"),
        (f":{RIGHT}", "users:1: not a line of `name:hash`"),
    ],
)
def test_lines_that_cannot_be_used_are_told_by_number(text, what):
    with pytest.raises(StartError, match=re.escape(what)):
        read_users(text, "users")


def test_only_so_many_passwords_are_remembered():
    users = Users({f"{number}": SHA for number in range(1030)})
    assert all(users.check(f"{number}", "sha") for number in range(1030))
    assert (users.remembers("0", "sha"), users.remembers("1029", "sha")) == (False, True)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "one of `client_auth` and `htpasswd` must be set: neither is"),
        ({"client_auth": {"password": "a"}}, "one of `username` and `username_file` must be set"),
        ({"client_auth": {"username": "a"}}, "one of `password` and `password_file` must be set"),
        ({"client_auth": {"username": "a:b", "password": "c"}}, "`username` cannot hold a colon: a:b"),
        ({"htpasswd": {}}, "one of `file` and `inline` must be set: neither is"),
    ],
)
def test_what_makes_no_sense_is_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        decode(BasicAuthConfig, config)


@pytest.mark.parametrize(
    "config",
    [
        {"client_auth": {"username": "ann", "password": "p"}},
        {"htpasswd": {"inline": "ann:{SHA}x"}},
        {"client_auth": {"username": "ann", "password": "p"}, "htpasswd": {"inline": "ann:{SHA}x"}},
    ],
)
def test_what_a_config_offers_is_known_before_anything_is_created(config):
    bundle, _ = made(**config)
    keys = tuple(offer.key for offer in (bundle.first, *bundle.more))
    assert factory.offers(decode(BasicAuthConfig, config)) == keys
