"""What the engine asks of the things that travel its edges, and of those that take them."""

from typing import Protocol, Self, TypeVar

__all__ = ("Consumer", "Payload")


class Payload(Protocol):
    """A unit of data that can go to several consumers."""

    def copy(self) -> Self:
        """A private equal: changing one does not change the other."""
        ...

    def share(self) -> Self:
        """Mark as read by several consumers; returns itself."""
        ...


P_contra = TypeVar("P_contra", bound=Payload, contravariant=True)


class Consumer(Protocol[P_contra]):
    """Takes payloads: returns when accepted, raises when not."""

    async def consume(self, payload: P_contra, /) -> None:
        """Accept `payload` or raise a `ConsumeError`."""
