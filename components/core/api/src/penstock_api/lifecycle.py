"""The optional methods by which the runtime starts and stops a component."""

from typing import Protocol, runtime_checkable

from penstock_api.clock import Deadline

__all__ = ("Drain", "Shutdown", "Start")


@runtime_checkable
class Start(Protocol):
    """A component with work to do before it is ready."""

    async def start(self) -> None:
        """Return when ready; never wait for a peer to come up. Raises `StartError` when it cannot."""


@runtime_checkable
class Drain(Protocol):
    """A component that lets others wait for an outcome: it tries again, or collects several answers."""

    def drain(self, deadline: Deadline, /) -> None:
        """Called when a stop begins, before `shutdown` of anything. Never waits, safe twice.

        What feeds the component still does, and cannot end while it waits: from now on give every outcome
        as soon as it can be known, and plan nothing beyond `deadline`.
        """


@runtime_checkable
class Shutdown(Protocol):
    """A component with something to flush or release."""

    async def shutdown(self, deadline: Deadline, /) -> None:
        """Flush and release, by `deadline`. Safe before `start` and safe twice."""
