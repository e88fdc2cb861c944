"""Options that several commands take, and what they open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from penstock_builder.steps import Workspace

    _F = TypeVar("_F", bound=Callable[..., None])

__all__ = ("DEFAULT", "manifest_option", "manifest_options", "mending", "offline", "opened")

DEFAULT = "builder-manifest.yaml"


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


def manifest_options(command: _F) -> _F:
    """`-c/--config` and `--output-path`: the manifest, and where its distribution lives."""
    output = click.option(
        "--output-path",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where the distribution lives, instead of the manifest's dist.output_path.",
    )
    return manifest_option(output(command))


offline = click.option("--offline", is_flag=True, help="Use nothing but what uv has in its cache.")


def opened(config: Path, output: Path | None) -> Workspace:
    """Load and resolve the manifest."""
    from penstock_builder.steps import open_workspace  # noqa: PLC0415 - costs more than the command line

    return open_workspace(config, output)


def mending(name: str, config: Path, output: Path | None = None) -> str:
    """The command line that mends what was found, as this one was given."""
    import shlex  # noqa: PLC0415

    words = ["penstock", name]
    words += [] if str(config) == DEFAULT else ["--config", str(config)]
    words += ["--output-path", str(output)] if output else []
    return shlex.join(words)
