"""Who gets which handle: once, while it is created, and never again."""

import gc
import logging
import weakref

import pytest

from penstock_api import ConfigError
from penstock_api.capability import (
    API_KEY,
    KEY_VALUE_STORE,
    RATE_LIMITER,
    CapabilityAlreadyConsumedError,
    CapabilityClaimError,
    CapabilityKey,
    CapabilityNotBoundError,
    UnknownCapabilityError,
)
from penstock_api.capability.key import _Seal
from penstock_api.extension import Background, Cloned, Passive

from .extensions import Limiter, Store, Worker, World, bind, limiter, spec, store

REMEDY = "write `capabilities: {%s: <extension>}` beside the node's `config`"


def claims(*bindings, host=None, consumer="node a"):
    host = host or World().host(spec("quota", limiter()), spec("db", store(), (KEY_VALUE_STORE,)))
    return host.claims(consumer, bindings, REMEDY)


def test_r_11_a_component_reaches_only_what_it_bound():
    one = claims(bind(RATE_LIMITER, "quota"))
    assert one.optional(KEY_VALUE_STORE) is None
    one.seal()
    assert [name for name in dir(one) if not name.startswith("_")] == [
        "consumer",
        "optional",
        "require",
        "require_all",
        "seal",
    ]


def test_r_19_capabilities_of_one_extension_are_bound_one_by_one():
    bundle = Passive(Cloned(RATE_LIMITER, Limiter()), (Cloned(KEY_VALUE_STORE, Store()),))
    host = World().host(spec("both", bundle, (RATE_LIMITER, KEY_VALUE_STORE)))
    assert isinstance(claims(bind(RATE_LIMITER, "both"), host=host).require(RATE_LIMITER), Limiter)
    two = claims(bind(KEY_VALUE_STORE, "both"), host=host)
    assert two.optional(RATE_LIMITER) is None
    assert isinstance(two.require(KEY_VALUE_STORE), Store)


def test_r_43_a_cloned_handle_is_one_object_and_a_constructed_one_is_made_for_each_consumer():
    host = World().host(
        spec("quota", limiter()),
        spec("db", store(make=Store), (KEY_VALUE_STORE,)),
    )
    bindings = [bind(RATE_LIMITER, "quota"), bind(KEY_VALUE_STORE, "db")]
    one, two = (claims(*bindings, host=host, consumer=name) for name in ("node a", "node b"))
    assert one.require(RATE_LIMITER) is two.require(RATE_LIMITER)
    assert one.require(KEY_VALUE_STORE) is not two.require(KEY_VALUE_STORE)


def test_r_51_require_without_a_binding_tells_the_remedy_and_optional_gives_none():
    one = claims()
    assert one.optional(RATE_LIMITER) is None
    for take, name in ((one.require, "api_key/eu"), (one.require_all, "api_key/eu")):
        with pytest.raises(CapabilityNotBoundError, match="node a needs a capability") as caught:
            take(API_KEY, "eu")
        assert str(caught.value) == (
            f"node a needs a capability that is not bound: {name}\n"
            f"  hint: write `capabilities: {{{name}: <extension>}}` beside the node's `config`"
        )


def test_r_51_optional_of_a_binding_that_cannot_be_served_is_an_error():
    def broken():
        raise OSError("no disk")

    host = World().host(spec("db", store(make=broken), (KEY_VALUE_STORE,)))
    with pytest.raises(OSError, match="no disk"):
        claims(bind(KEY_VALUE_STORE, "db"), host=host).optional(KEY_VALUE_STORE)


@pytest.mark.parametrize("again", ["require", "optional", "require_all"])
@pytest.mark.parametrize("first", ["require", "optional", "require_all"])
def test_r_52_a_second_claim_is_refused_by_whatever_method(first, again):
    one = claims(bind(RATE_LIMITER, "quota"))
    getattr(one, first)(RATE_LIMITER)
    with pytest.raises(
        CapabilityAlreadyConsumedError, match="node a claims a capability twice: rate_limiter"
    ) as e:
        getattr(one, again)(RATE_LIMITER)
    assert e.value.hint == "claim it once, in the create function, and keep the handle"
    assert claims(bind(RATE_LIMITER, "quota"), consumer="node b").require(RATE_LIMITER)


def test_r_53_after_its_construction_a_component_can_claim_nothing():
    one = claims(bind(RATE_LIMITER, "quota"))
    one.seal()
    for take in (one.require, one.optional, one.require_all):
        with pytest.raises(CapabilityAlreadyConsumedError, match="after its construction: rate_limiter"):
            take(RATE_LIMITER)


def test_r_16_claims_take_only_the_engines_own_keys():
    forged = CapabilityKey("rate_limiter", RATE_LIMITER.contract, "", _Seal())
    with pytest.raises(UnknownCapabilityError, match="node a claims what is not a capability of this engine"):
        claims(bind(RATE_LIMITER, "quota")).require(forged)


def test_r_54_the_registry_is_gone_after_the_build_and_handles_still_work():
    host = World().host(spec("quota", limiter()))
    one = claims(bind(RATE_LIMITER, "quota"), host=host)
    handle = one.require(RATE_LIMITER)
    registry = weakref.ref(host.registry)
    assert registry() is not None
    host.seal()
    gc.collect()
    assert registry() is None
    assert handle.try_acquire(1)
    with pytest.raises(RuntimeError, match="claims after the host was sealed: node b"):
        host.claims("node b", [])
    with pytest.raises(CapabilityAlreadyConsumedError):
        one.require(RATE_LIMITER)


def unused():
    """A host with one extension of every kind of use."""
    specs = [spec(name, limiter(Worker(name))) for name in ("unbound", "unclaimed", "used")]
    needs = [bind(KEY_VALUE_STORE, "db")]
    specs += [
        spec("db", store(), (KEY_VALUE_STORE,)),
        spec("idle", lambda c: limiter(handle=Limiter(c.require(KEY_VALUE_STORE))), bindings=needs),
        spec("server", Background(Worker("server"))),
    ]
    host = World().host(*specs, start_unused=False)
    one = host.claims(
        "node a", [bind(RATE_LIMITER, "used", slot="a"), bind(RATE_LIMITER, "unclaimed", slot="b")]
    )
    one.require(RATE_LIMITER, "a")
    return host


async def test_r_55_extensions_that_nobody_uses_are_told_apart_and_not_started(caplog):
    host = unused()
    with caplog.at_level(logging.WARNING, "penstock"):
        host.check_use()
    assert [(record.fields["extension"], record.getMessage()) for record in caplog.records] == [
        ("unbound", "extension is bound by nobody and is not started"),
        ("unclaimed", "extension is bound but claimed by nobody and is not started"),
        ("db", "extension serves only extensions that nobody uses and is not started"),
        ("idle", "extension is bound by nobody and is not started"),
    ]
    await host.start()
    assert {one.id for one in host.statuses() if one.state == "running"} == {"used", "server"}
    await host.stop()


def test_r_55_strict_makes_errors_of_them_with_path_and_hint():
    with pytest.raises(ConfigError) as caught:
        unused().check_use(strict=True)
    assert [(one.path[-1], one.what, one.hint) for one in caught.value.problems[:2]] == [
        ("unbound", "extension is bound by nobody and is not started", "remove it, or bind it"),
        ("unclaimed", "extension is bound but claimed by nobody and is not started", "remove the binding"),
    ]
    assert len(caught.value.problems) == 4


def test_r_56_use_is_counted_per_extension_and_one_claim_of_several_is_enough(caplog):
    bundle = Passive(Cloned(RATE_LIMITER, Limiter()), (Cloned(KEY_VALUE_STORE, Store()),))
    host = World().host(
        spec("both", bundle, (RATE_LIMITER, KEY_VALUE_STORE)), spec("other", limiter()), start_unused=False
    )
    host.claims("node a", [bind(RATE_LIMITER, "both"), bind(KEY_VALUE_STORE, "both")]).require(RATE_LIMITER)
    host.check_use()
    assert [record.fields["extension"] for record in caplog.records] == ["other"]


def test_r_57_a_handle_is_the_extensions_own_object_and_not_a_way_to_look_it_up():
    handle = Limiter()
    host = World().host(spec("quota", limiter(handle=handle)))
    assert claims(bind(RATE_LIMITER, "quota"), host=host).require(RATE_LIMITER) is handle


def test_r_70_one_capability_is_bound_several_times_under_slots():
    meta, data = Store(), Store()
    host = World().host(
        *(
            spec(name, Passive(Cloned(KEY_VALUE_STORE, one)), (KEY_VALUE_STORE,))
            for name, one in (("m", meta), ("d", data))
        )
    )
    one = claims(bind(KEY_VALUE_STORE, "m", slot="meta"), bind(KEY_VALUE_STORE, "d", slot="data"), host=host)
    assert one.require(KEY_VALUE_STORE, "data") is data
    assert one.require(KEY_VALUE_STORE, slot="meta") is meta
    assert one.optional(KEY_VALUE_STORE) is None


def test_r_70_a_list_keeps_its_order_and_is_taken_whole():
    first, second = Limiter(), Limiter()
    host = World().host(spec("a", limiter(handle=first)), spec("b", limiter(handle=second)))
    handles = claims(bind(RATE_LIMITER, "b", "a"), host=host).require_all(RATE_LIMITER)
    assert handles[0] is second
    assert handles[1] is first
    for take in ("require", "optional"):
        with pytest.raises(
            CapabilityClaimError, match="takes one extension for rate_limiter, and several are bound: b, a"
        ) as caught:
            getattr(claims(bind(RATE_LIMITER, "b", "a"), host=host), take)(RATE_LIMITER)
        assert caught.value.hint == "bind one of them"
