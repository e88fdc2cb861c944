"""What an extension's factory returns: a bundle that says which life the extension leads.

A closed union, so that a wrong combination cannot be written: an active extension offers handles that were
made together with its lifecycle; only a passive one, which has no lifecycle, may have handles constructed per
consumer; a background one offers nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

from penstock_api.capability.key import CapabilityKey
from penstock_api.clock import Deadline
from penstock_api.config import Config
from penstock_api.lifecycle import Shutdown, Start

# Any: bundles hold offers of any contract.

__all__ = (
    "Active",
    "AnyCloned",
    "AnyConstructed",
    "Background",
    "Bundle",
    "Cloned",
    "Constructed",
    "Control",
    "ControlClosedError",
    "Lifecycle",
    "Offer",
    "Passive",
    "Reconfigure",
    "Run",
    "Stop",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stop:
    """End by `deadline`. Comes once and before anything that waits; the last thing that is said."""

    deadline: Deadline
    reason: str


@dataclass(frozen=True, slots=True)
class Reconfigure:
    """The config has changed to `config`. Whoever cannot go on with it calls `refuse`, and is replaced.

    One of the two must be called; silence is taken for a refusal after a while.
    """

    config: Config
    accept: Callable[[], None]
    refuse: Callable[[str], None]


class ControlClosedError(Exception):
    """`Control.wait` was called after `Stop` had been delivered."""


class Control(Protocol):
    """What an extension that runs for life hears from the engine. It carries no telemetry."""

    def ready(self) -> None:
        """Say that nodes may start; again does nothing, and so it does for one that nobody waits for."""

    async def wait(self, seconds: float | None = None) -> Stop | Reconfigure | None:
        """The next message, or None after `seconds`. Also tells the engine that the extension is alive.

        Raises `ControlClosedError` after `Stop`.
        """
        ...


@runtime_checkable
class Run(Protocol):
    """A lifecycle that is one coroutine."""

    async def run(self, control: Control, /) -> None:
        """Do the extension's work until `control.wait` gives `Stop`. Returning earlier is a failure."""


Lifecycle: TypeAlias = Run | Start | Shutdown
"""An object with `run`, or with `start` and `shutdown` as every component may have."""


@dataclass(frozen=True, slots=True)
class AnyCloned:
    """A `Cloned` of any contract. Not generic: as part of a bundle a `Cloned` is checked by its own key."""

    key: CapabilityKey[Any]
    handle: Any


@dataclass(frozen=True, slots=True)
class AnyConstructed:
    """A `Constructed` of any contract."""

    key: CapabilityKey[Any]
    make: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Cloned(AnyCloned, Generic[T]):
    """An offer: every consumer gets this one frozen handle."""

    key: CapabilityKey[T]
    handle: T


@dataclass(frozen=True, slots=True)
class Constructed(AnyConstructed, Generic[T]):
    """An offer: every consumer gets a handle of its own, made for it."""

    key: CapabilityKey[T]
    make: Callable[[], T]


Offer: TypeAlias = AnyCloned | AnyConstructed
"""What a passive extension may offer."""


@dataclass(frozen=True, slots=True)
class Active:
    """An extension that works and offers: `first` and `more` are what nodes can bind.

    With `readiness`, in seconds, nodes start only after it said `ready`, and not at all if that takes longer.
    With `heartbeat`, in seconds, it is restarted alone when it does not come back to `Control.wait` in time.
    """

    lifecycle: Lifecycle
    first: AnyCloned
    more: tuple[AnyCloned, ...] = ()
    readiness: float | None = None
    heartbeat: float | None = None


@dataclass(frozen=True, slots=True)
class Passive:
    """An extension that only offers: no task, no message, no cost of its own."""

    first: Offer
    more: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Background:
    """An extension that offers nothing to other components: a server, a watcher, an embedded engine.

    `readiness` and `heartbeat` are as for `Active`.
    """

    lifecycle: Lifecycle
    readiness: float | None = None
    heartbeat: float | None = None


Bundle: TypeAlias = Active | Passive | Background
