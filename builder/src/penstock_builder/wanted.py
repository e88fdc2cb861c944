"""What a build is asked for, besides what the manifest says."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ("Wanted",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The words of `penstock build`, and of the library."""

    outputs: tuple[str, ...] = ()
    """What to make instead of the manifest's outputs."""
    base: Path | None = None
    """The OCI layout that an image is built upon."""
    key: Path | None = None
    """The private key that signs."""
    boot: bool = False
    """Start what was built, too; it must always take its own sample."""
    rebuild: bool = False
    """Build also what is there already."""
    offline: bool = False
    """Fetch nothing."""
