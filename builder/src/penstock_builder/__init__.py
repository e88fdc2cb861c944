"""Builds telemetry collectors: manifest -> rendered package -> wheel. `build` is the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from penstock_builder.assembly import Built
    from penstock_builder.events import Event

__all__ = ("__version__", "build")

__version__ = "0.1.0"


def build(
    manifest: Path | str,
    *,
    folder: Path | str | None = None,
    outputs: Sequence[str] = (),
    profiles: Sequence[str] = (),
    roots: Sequence[Path | str] = (),
    locked: bool = False,
    boot_test: bool = False,
    offline: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> Built:
    """Lock if the lock does not fit, render, and build into `folder`, by default `dist/` beside the manifest.

    `outputs`, `profiles` and `roots` are what the command line calls `--output`, `--profile` and
    `--allow-root`; with `locked` a lock that does not fit is an error. `on_event` is called for each step,
    also from other threads. Raises `BuilderError`.
    """
    from pathlib import Path  # noqa: PLC0415 - importing the package must cost nothing: `penstock --version`

    from penstock_builder import steps  # noqa: PLC0415
    from penstock_builder.events import listening  # noqa: PLC0415
    from penstock_builder.reading import Reading  # noqa: PLC0415

    file = Path(manifest)
    with listening(on_event or _ignore):
        how = Reading(profiles=tuple(profiles), roots=tuple(Path(root) for root in roots))
        workspace = steps.open_workspace(file, how=how)
        steps.generate(workspace, locked=locked, offline=offline)
        target = Path(folder) if folder is not None else file.parent / "dist"
        return steps.build_distribution(
            workspace, target, outputs=tuple(outputs), boot=boot_test, offline=offline
        )


def _ignore(_event: Event) -> None:
    """Nobody listens."""
