"""What a provider's factory may return."""

import functools
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from penstock_api import StartError
from penstock_api.capability import KEY_VALUE_STORE, RATE_LIMITER, CapabilityKey
from penstock_api.capability.key import _Seal
from penstock_api.extension import Active, Background, Cloned, Constructed, Passive

from .extensions import Limiter, Store, Worker, World, bind, limiter, spec, store


def refused(bundle, capabilities=(RATE_LIMITER,)):
    """What the host says of `bundle`."""
    with pytest.raises(StartError, match="failed to create extension quota: extension quota: ") as caught:
        World().host(spec("quota", lambda _: bundle, capabilities))
    return str(caught.value).removeprefix("failed to create extension quota: extension quota: ")


def refused_handle(handle, lifecycle=None):
    """What the host says of a bundle with `handle`."""
    bundle = (
        Active(lifecycle, Cloned(RATE_LIMITER, handle))
        if lifecycle
        else Passive(Cloned(RATE_LIMITER, handle))
    )
    return refused(bundle).removeprefix("its handle for rate_limiter is refused: ")


def test_r_16_a_key_that_is_not_of_the_engine_is_refused_by_identity():
    forged = CapabilityKey("rate_limiter", RATE_LIMITER.contract, "the same in all but identity", _Seal())
    assert refused(Passive(Cloned(forged, Limiter()))) == "not a capability of this engine: rate_limiter"
    with pytest.raises(TypeError, match="seal"):
        CapabilityKey("mine", RATE_LIMITER.contract, "without a seal")


@dataclass(frozen=True)
class _NoRetry:
    def try_acquire(self, units):
        return True


@dataclass(frozen=True)
class _OtherNames(_NoRetry):
    def retry_after(self, amount):
        return 0.0


@dataclass(frozen=True)
class _MoreNeeded(_NoRetry):
    def retry_after(self, units, unit):
        return 0.0


@dataclass(frozen=True)
class _Awaited(_NoRetry):
    async def retry_after(self, units):
        return 0.0


@dataclass(frozen=True)
class _Value(_NoRetry):
    retry_after: float = 0.0


@pytest.mark.parametrize(
    ("handle", "says"),
    [
        (_NoRetry(), "it has no method `retry_after`"),
        (_Value(), "`retry_after` is not a method: float"),
        (_Awaited(), "`retry_after` must not be `async def`"),
        (_OtherNames(), "`retry_after` must take (units: int) -> float, and takes (amount)"),
        (_MoreNeeded(), "`retry_after` must take (units: int) -> float, and takes (units, unit)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_r_18_a_handle_that_lacks_a_method_or_has_another_signature_is_refused(handle, says):
    assert refused_handle(handle) == says


def test_r_18_a_handle_whose_coroutine_is_none_is_refused():
    @dataclass(frozen=True)
    class _Sync(Store):
        def get(self, namespace, key):
            return None

    says = refused(Passive(Cloned(KEY_VALUE_STORE, _Sync())), (KEY_VALUE_STORE,))
    assert says == "its handle for key_value_store is refused: `get` must be `async def`"


def test_r_18_what_fits_may_take_more_and_be_any_callable():
    @dataclass(frozen=True)
    class _Wide:
        try_acquire: object = field(default=functools.partial(lambda units: units > 0))

        def retry_after(self, units, *rest, unit="s", **more):
            return 0.0

    World().host(spec("quota", Passive(Cloned(RATE_LIMITER, _Wide()))))


def test_r_18_a_constructed_handle_is_checked_when_it_is_made():
    host = World().host(spec("db", store(make=object), (KEY_VALUE_STORE,)))
    with pytest.raises(
        Exception, match="extension db: its handle for key_value_store is refused: it has no method"
    ):
        host.claims("node a", [bind(KEY_VALUE_STORE, "db")]).require(KEY_VALUE_STORE)


def test_r_29_a_bundle_offers_what_its_kind_may():
    assert refused(None) == "`create` must return Active, Passive or Background: NoneType"
    assert refused(Passive(None)) == "an offer is Cloned or Constructed: NoneType"
    assert refused(limiter(), (KEY_VALUE_STORE,)) == (
        "it offers rate_limiter, and its factory declares key_value_store"
    )
    assert refused(limiter(), ()) == "it offers rate_limiter, and its factory declares nothing"
    twice = Passive(Cloned(RATE_LIMITER, Limiter()), (Cloned(RATE_LIMITER, Limiter()),))
    assert refused(twice) == "a capability is offered twice: rate_limiter, rate_limiter"
    with pytest.raises(TypeError):
        Active(Worker("w"))
    with pytest.raises(TypeError):
        Passive()


def test_r_29_a_lifecycle_has_something_to_lead():
    assert refused(Background(object()), ()) == "a lifecycle has `run`, or `start` and `shutdown`: object"


def test_r_30_an_active_extension_with_handles_per_consumer_is_refused():
    bundle = Active(Worker("w"), Constructed(RATE_LIMITER, Limiter))
    assert refused(bundle).startswith("an active extension offers handles made together with its lifecycle")


@pytest.mark.parametrize("seconds", [0, -1.0, "5"])
def test_r_37_a_readiness_or_heartbeat_of_no_time_is_refused(seconds):
    assert (
        refused(limiter(Worker("w"), readiness=seconds))
        == f"`readiness` must be more than 0 seconds: {seconds}"
    )
    assert (
        refused(limiter(Worker("w"), heartbeat=seconds))
        == f"`heartbeat` must be more than 0 seconds: {seconds}"
    )


def test_r_77_a_heartbeat_needs_a_lifecycle_that_runs():
    class Server:
        async def start(self):
            pass

    assert refused(Background(Server(), heartbeat=1.0), ()) == "`heartbeat` needs a lifecycle with `run`"


def test_r_44_handle_and_lifecycle_are_different_objects_of_different_types():
    @dataclass(frozen=True)
    class Both(Limiter):
        async def run(self, control):
            pass

    says = "handle and lifecycle must be different objects of different types: Both"
    one = Both()
    assert refused_handle(one, one) == says
    assert refused_handle(Both(), Both(lambda _: False)) == says


@pytest.mark.parametrize("name", ["start", "run", "shutdown"])
def test_r_47_a_handle_shows_nothing_of_the_lifecycle(name):
    handle = dataclass(frozen=True)(type("Showing", (Limiter,), {name: lambda self: None}))()
    assert refused_handle(handle) == f"a handle must not show the lifecycle's `{name}`"


def test_r_47_a_handle_does_not_hold_the_lifecycle():
    @dataclass(frozen=True)
    class Holding(Limiter):
        owner: object = None

    worker = Worker("w")
    for held in (worker, worker.run):
        assert refused_handle(Holding(owner=held), worker) == "a handle must not hold the lifecycle: `owner`"


class _Mutable:
    def __init__(self):
        self.left = 5

    try_acquire = Limiter.try_acquire
    retry_after = Limiter.retry_after


class _MutableSlots(_Mutable):
    __slots__ = ("left",)


class _Open(_NoRetry):
    def retry_after(self, units):
        return 0.0

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)


@pytest.mark.parametrize("handle", [_Mutable(), _MutableSlots(), _Open()], ids=lambda one: type(one).__name__)
def test_r_48_a_handle_that_can_be_changed_is_refused(handle):
    assert refused_handle(handle) == (
        "a handle must be immutable: make it a dataclass with frozen=True and slots=True"
    )
    assert not hasattr(handle, "penstock_probe")


def test_r_48_handles_are_frozen_classes_of_any_kind():
    class Named(NamedTuple):
        take: object = None
        try_acquire = Limiter.try_acquire
        retry_after = Limiter.retry_after

    class Empty:
        __slots__ = ()
        try_acquire = Limiter.try_acquire
        retry_after = Limiter.retry_after

    World().host(
        spec("a", Passive(Cloned(RATE_LIMITER, Named()))), spec("b", Passive(Cloned(RATE_LIMITER, Empty())))
    )
