"""The builder as a library: `api.build(...)`, with events while it runs."""

from collections.abc import Callable, Sequence
from pathlib import Path

from penstock_builder import steps
from penstock_builder.build import Built
from penstock_builder.events import Event, listening
from penstock_builder.reading import Reading

__all__ = ("build",)


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
