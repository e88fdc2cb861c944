"""Builds telemetry collectors: manifest -> rendered package -> wheel. `build` is the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from penstock_builder.events import Event
    from penstock_builder.request import Built

__all__ = ("__version__", "build")

__version__ = "0.1.0"


def build(
    manifest: Path | str,
    *,
    folder: Path | str | None = None,
    outputs: Sequence[str] = (),
    profiles: Sequence[str] = (),
    roots: Sequence[Path | str] = (),
    key: Path | str | None = None,
    locked: bool = False,
    boot_test: bool = False,
    rebuild: bool = False,
    offline: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> Built:
    """Lock if the lock does not fit, render, and build into `folder`, by default `dist/` beside the manifest.

    `outputs`, `profiles` and `roots` are what the command line calls `--output`, `--profile` and
    `--allow-root`, and `key` is `--sign`; with `locked` a lock that does not fit is an error. `on_event` is
    called for each step, also from other threads. Raises `BuilderError`.
    """
    from pathlib import Path  # noqa: PLC0415 - importing the package must cost nothing: `penstock --version`

    from penstock_builder import steps  # noqa: PLC0415
    from penstock_builder.events import listening  # noqa: PLC0415
    from penstock_builder.reading import Reading  # noqa: PLC0415
    from penstock_builder.wanted import Wanted  # noqa: PLC0415

    file = Path(manifest)
    how = Reading(profiles=tuple(profiles), roots=tuple(Path(root) for root in roots))
    wanted = Wanted(
        outputs=tuple(outputs),
        key=Path(key) if key is not None else None,
        boot=boot_test,
        rebuild=rebuild,
        offline=offline,
    )
    with listening(on_event or _ignore):
        workspace = steps.open_workspace(file, how=how)
        steps.generate(workspace, locked=locked, offline=offline)
        return steps.build_distribution(workspace, Path(folder or file.parent / "dist"), wanted)


def _ignore(_event: Event) -> None:
    """Nobody listens."""
