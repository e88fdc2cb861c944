"""What can be wrong with how extensions are bound, found before any is created."""

import pytest

from penstock_api import StartError
from penstock_api.capability import (
    API_KEY,
    BASIC_CREDENTIALS,
    KEY_VALUE_STORE,
    RATE_LIMITER,
    CapabilityCycleError,
    CapabilityNotProvidedError,
    ExtensionNotFoundError,
    UnknownCapabilityError,
    known_capabilities,
)
from penstock_engine.extensions import Declaration, check_bindings, check_extensions

from .extensions import Limiter, World, bind, limiter, spec, store

QUOTA = Declaration(
    id="quota", label="extension quota", capabilities=(RATE_LIMITER,), path=("extensions", "quota")
)
DB = Declaration(id="db", label="extension db", capabilities=(KEY_VALUE_STORE,), path=("extensions", "db"))
IN_SCOPE = {"quota": QUOTA, "db": DB}


def found(*bindings, in_scope=IN_SCOPE):
    return [finding.error for finding in check_bindings("node eu", bindings, in_scope)]


def test_a_right_binding_gives_nothing():
    assert found(bind("rate_limiter", "quota"), bind("key_value_store", "db", slot="meta")) == []


def test_r_5_a_binding_to_an_extension_out_of_scope_names_node_capability_and_extension():
    [error] = found(bind("rate_limiter", "quotas"))
    assert isinstance(error, ExtensionNotFoundError)
    assert str(error) == (
        "node eu binds rate_limiter to an extension that is not in scope: quotas\n  hint: did you mean `quota`?"
    )
    [error] = found(bind("rate_limiter", "xyz"))
    assert error.hint == "extensions in scope are db, quota"
    [error] = found(bind("rate_limiter", "xyz"), in_scope={})
    assert error.hint == "no extension is in scope: declare it under `extensions`"


def test_r_6_an_unknown_capability_is_refused_with_the_known_ones_sorted():
    [error] = found(bind("rate_limit", "quota"))
    assert isinstance(error, UnknownCapabilityError)
    assert error.what == "node eu binds a capability that does not exist: rate_limit"
    assert (
        error.hint
        == f"did you mean `rate_limiter`? capabilities are {', '.join(sorted(known_capabilities()))}"
    )


def test_r_7_an_extension_without_the_capability_is_another_error_than_one_that_is_not_there():
    [error] = found(bind("key_value_store", "quota", slot="meta"))
    assert isinstance(error, CapabilityNotProvidedError)
    assert str(error) == (
        "node eu binds key_value_store/meta to an extension that does not offer it: quota\n"
        "  hint: `quota` offers rate_limiter; key_value_store is offered by db"
    )
    kinds = {CapabilityNotProvidedError, ExtensionNotFoundError, UnknownCapabilityError}
    assert not any(issubclass(one, other) for one in kinds for other in kinds - {one})


def test_a_background_extension_offers_nothing():
    health = Declaration(id="health", label="extension health")
    [error] = found(bind("rate_limiter", "health"), in_scope={"health": health})
    assert error.hint == "`health` offers nothing"


def test_r_8_all_wrong_bindings_are_reported_in_the_order_written():
    wrong = (bind("rate_limiter", "db", "nobody"), bind("nonsense", "quota"), bind("api_key", "nowhere"))
    errors = [str(error.what) for error in found(*wrong)]
    assert errors == [
        "node eu binds rate_limiter to an extension that does not offer it: db",
        "node eu binds rate_limiter to an extension that is not in scope: nobody",
        "node eu binds a capability that does not exist: nonsense",
        "node eu binds api_key to an extension that is not in scope: nowhere",
    ]
    assert [str(error.what) for error in found(*wrong)] == errors
    problem = next(check_bindings("node eu", wrong, IN_SCOPE)).problem()
    assert problem.path == ("capabilities",)
    assert problem.what == errors[0]


def test_r_9_two_instances_of_one_provider_serve_two_consumers_of_one_capability():
    eu, us = Limiter(lambda units: units < 5), Limiter(lambda units: units < 50)
    host = World().host(spec("eu", limiter(handle=eu)), spec("us", limiter(handle=us)))
    assert host.claims("node a", [bind(RATE_LIMITER, "eu")]).require(RATE_LIMITER) is eu
    assert host.claims("node b", [bind(RATE_LIMITER, "us")]).require(RATE_LIMITER) is us


def test_r_71_an_extension_is_created_after_those_it_needs_and_gets_their_handles():
    made = []

    def quota(capabilities):
        made.append(("quota", capabilities.require(KEY_VALUE_STORE)))
        return limiter()

    def db(_):
        made.append(("db", None))
        return store()

    needs = [bind(KEY_VALUE_STORE, "db")]
    World().host(spec("quota", quota, bindings=needs), spec("db", db, (KEY_VALUE_STORE,)))
    assert [name for name, _ in made] == ["db", "quota"]
    assert made[1][1] is not None


def test_r_71_extensions_that_need_each_other_are_an_error_naming_the_circle():
    needs = [bind(RATE_LIMITER, "b")], [bind(RATE_LIMITER, "c")], [bind(RATE_LIMITER, "b")]
    specs = [spec(name, limiter(), bindings=need) for name, need in zip("abc", needs, strict=True)]
    with pytest.raises(CapabilityCycleError, match="extensions need each other") as caught:
        World().host(*specs)
    assert str(caught.value) == (
        "extensions need each other: extension b -> extension c -> extension b\n"
        "  hint: remove one of the bindings of the cycle"
    )
    declared = [one.declaration for one in specs]
    [finding] = check_extensions(declared, {one.id: one for one in declared})
    assert (finding.path, type(finding.error)) == (("extensions", "b"), CapabilityCycleError)


def test_r_71_what_an_extension_asks_for_is_checked_like_what_a_node_asks_for():
    wrong = spec("quota", limiter(), bindings=[bind(KEY_VALUE_STORE, "nobody")]).declaration
    [finding] = check_extensions([wrong], {"quota": wrong})
    assert isinstance(finding.error, ExtensionNotFoundError)
    with pytest.raises(ExtensionNotFoundError, match="extension quota binds key_value_store to an extension"):
        World().host(spec("quota", limiter(), bindings=[bind(KEY_VALUE_STORE, "nobody")]))


def test_r_71_an_extension_that_claims_what_it_did_not_bind_cannot_be_created():
    with pytest.raises(
        StartError, match="failed to create extension quota: extension quota needs a capability"
    ):
        World().host(spec("quota", lambda capabilities: capabilities.require(KEY_VALUE_STORE)))


def test_a_capability_that_the_bundle_of_this_config_does_not_offer_cannot_be_bound():
    host = World().host(spec("both", limiter(), (RATE_LIMITER, API_KEY, BASIC_CREDENTIALS)))
    with pytest.raises(CapabilityNotProvidedError, match="to an extension that does not offer it: both"):
        host.claims("node a", [bind(API_KEY, "both")])
