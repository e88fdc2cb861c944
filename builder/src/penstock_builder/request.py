"""What goes into a build and what comes out, as values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock_builder.lock import Lock
from penstock_builder.plan import Plan
from penstock_builder.publish import Artifact
from penstock_builder.render import FileTree
from penstock_builder.resolve import Resolution
from penstock_builder.settings import Policy

__all__ = ("Built", "Request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What shall be made: of what, for which platforms, under which rules."""

    plan: Plan
    tree: FileTree
    resolution: Resolution
    lock: Lock
    outputs: Sequence[str] = ("wheel",)
    platforms: Sequence[str] = ()
    policy: Policy = Policy()  # noqa: RUF009 - frozen
    allow_native: bool = False
    offline: bool = False
    base: Path | None = None
    key: Path | None = None
    """The private key that signs what is made; without one nothing is signed."""
    again: bool = False
    """Build even if the outputs are there already."""
    trial: Callable[[Path], tuple[str, ...]] | None = None
    """Tries a wheel for this machine before anything is published; raises, or says what was not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was made, in the order it was asked for, and what the user should know."""

    artifacts: tuple[Artifact, ...]
    warnings: tuple[str, ...]
    reused: bool = False
    """Whether everything was there already, so that nothing was built."""
