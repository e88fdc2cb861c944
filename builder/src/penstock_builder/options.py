"""Options that several commands take, and what they open."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from penstock_builder.lock import Lock
    from penstock_builder.reading import Reading
    from penstock_builder.steps import Workspace

    _F = TypeVar("_F", bound=Callable[..., None])

__all__ = (
    "DEFAULT",
    "fitting_lock",
    "manifest_option",
    "manifest_options",
    "mending",
    "offline",
    "opened",
    "reading",
    "reading_options",
    "tell_notices",
)

DEFAULT = "builder-manifest.yaml"
_READING = "penstock_builder.reading"


def manifest_option(command: _F) -> _F:
    """`-c/--config`: the manifest."""
    return click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path),
        default=DEFAULT,
        show_default=True,
        metavar="FILE",
        help="The manifest.",
    )(command)


def _kept(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Keep how the manifest is read where `opened` finds it, so that no command has to pass it on."""
    context.meta[f"{_READING}.{parameter.name}"] = value


def reading_options(command: _F) -> _F:
    """How the manifest is read: `--profile`, `--compat` and the like."""
    folder, file = click.Path(path_type=Path, file_okay=False), click.Path(path_type=Path)
    unmapped = click.Choice(["error", "warn", "skip"])
    option = partial(click.option, expose_value=False, callback=_kept)
    options = (
        option("--profile", multiple=True, metavar="NAME", help="Apply a profile; may be repeated."),
        option(
            "--compat", type=click.Choice(["ocb"]), help="Read an OpenTelemetry Collector Builder manifest."
        ),
        option(
            "--unmapped", type=unmapped, default="error", help="What to do about Go modules without a match."
        ),
        option(
            "--gomod-map",
            type=file,
            multiple=True,
            metavar="FILE",
            help="More rows for the map of Go modules.",
        ),
        option(
            "--allow-root", type=folder, multiple=True, metavar="DIR", help="Let paths lead into DIR too."
        ),
        option("--allow-moving", is_flag=True, help="Accept a branch as `rev`; the lock stores the commit."),
        option("--strict", is_flag=True, help="A replacement that nothing requires is an error."),
        option("--allow-empty", is_flag=True, help="Accept a manifest without components."),
        option(
            "--builder-version", metavar="RANGE", help="Stop unless this builder is one of these versions."
        ),
    )
    for one in reversed(options):
        command = one(command)
    return command


def reading() -> Reading:
    """How the command line wants the manifest to be read."""
    from penstock_builder.reading import Reading  # noqa: PLC0415 - costs more than the command line

    context = click.get_current_context(silent=True)
    given = {
        name.rpartition(".")[2]: value
        for name, value in (context.meta if context else {}).items()
        if name.startswith(f"{_READING}.")
    }
    return Reading(
        compat=given.get("compat") == "ocb",
        profiles=given.get("profile", ()),
        unmapped=given.get("unmapped", "error"),
        maps=given.get("gomod_map", ()),
        roots=given.get("allow_root", ()),
        allow_empty=given.get("allow_empty", False),
        allow_moving=given.get("allow_moving", False),
        strict=given.get("strict", False),
        builder=_range(given.get("builder_version") or ""),
    )


def _range(text: str) -> str:
    from penstock_builder.words import WordError, version_range  # noqa: PLC0415 - see above

    try:
        return version_range(text)
    except WordError as error:
        raise click.BadParameter(
            f"{error.what}\n\nhint: {error.hint}", param_hint="--builder-version"
        ) from None


def manifest_options(command: _F) -> _F:
    """`-c/--config`, `--output-path`, and how the manifest is read."""
    output = click.option(
        "--output-path",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where the distribution lives, instead of the manifest's dist.output_path.",
    )
    return manifest_option(output(reading_options(command)))


offline = click.option("--offline", is_flag=True, help="Use nothing but what uv has in its cache.")


def opened(config: Path, output: Path | None) -> Workspace:
    """Load and resolve the manifest, and tell what was noticed on the way."""
    from penstock_builder.steps import open_workspace  # noqa: PLC0415 - costs more than the command line

    workspace = open_workspace(config, output, how=reading())
    for warning in workspace.loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    return workspace


def tell_notices(workspace: Workspace) -> None:
    """Say what is odd about the replacements of a distribution whose lock is current."""
    from penstock_builder.oddities import oddities  # noqa: PLC0415 - see above
    from penstock_builder.steps import fresh_lock  # noqa: PLC0415

    for notice in oddities(workspace.loaded, workspace.resolution, fresh_lock(workspace)):
        click.echo(f"warning: {notice}", err=True)


def fitting_lock(workspace: Workspace, config: Path, output: Path | None) -> Lock:
    """The lock, if it fits; the `LockError` otherwise says how to come by one."""
    from penstock_builder.errors import LockError  # noqa: PLC0415 - see above
    from penstock_builder.steps import fresh_lock  # noqa: PLC0415

    try:
        return fresh_lock(workspace)
    except LockError as error:
        raise LockError(error.what, error.hint or f"run: {mending('lock', config, output)}") from error


def mending(name: str, config: Path, output: Path | None = None, *, edited: bool = False) -> str:
    """The command line that mends what was found, as this one was given; also what somebody `edited`."""
    import shlex  # noqa: PLC0415

    words = ["penstock", name]
    words += [] if str(config) == DEFAULT else ["--config", str(config)]
    words += ["--output-path", str(output)] if output else []
    words += _reading_words()
    words += ["--accept-loss"] if edited else []
    return shlex.join(words)


def _reading_words() -> list[str]:
    """The options of `reading_options` as they were given."""
    context = click.get_current_context(silent=True)
    words: list[str] = []
    for name, value in (context.meta if context else {}).items():
        option = f"--{name.rpartition('.')[2].replace('_', '-')}"
        if not name.startswith(f"{_READING}.") or value in (None, False, (), "error"):
            continue
        values = value if isinstance(value, tuple) else (value,)
        words += [option] if value is True else [word for one in values for word in (option, str(one))]
    return words
