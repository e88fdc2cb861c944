"""The commands: arguments in, words and exit codes out; the rest is imported when it is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from penstock_builder.steps import Workspace

    _F = TypeVar("_F", bound=Callable[..., None])

__all__ = ("build", "check", "generate", "lock", "penstock", "version")

_DEFAULT = "builder-manifest.yaml"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="penstock %(version)s")
def penstock() -> None:
    """Build a telemetry collector from a manifest: lock, generate, check, build."""


def _manifest_options(command: _F) -> _F:
    file = click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path),
        default=_DEFAULT,
        show_default=True,
        metavar="FILE",
        help="The manifest.",
    )
    output = click.option(
        "--output-path",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where the distribution lives, instead of the manifest's dist.output_path.",
    )
    return file(output(command))


_offline = click.option("--offline", is_flag=True, help="Use nothing but what uv has in its cache.")


@penstock.command()
def version() -> None:
    """Print the builder's version."""
    click.echo(f"penstock {__version__}")


@penstock.command()
@_manifest_options
@_offline
@click.option(
    "--upgrade",
    is_flag=False,
    flag_value="",
    multiple=True,
    metavar="[NAME]",
    help="Let this pin move, or without a name all of them. May be given several times.",
)
def lock(config: Path, output_path: Path | None, upgrade: tuple[str, ...], *, offline: bool) -> None:
    """Pin every third-party package.

    Writes requirements.lock, with hashes. Pins that still fit are kept.
    """
    from penstock_builder.relock import Upgrade  # noqa: PLC0415
    from penstock_builder.steps import lock_distribution  # noqa: PLC0415

    workspace = _open(config, output_path)
    wanted = Upgrade(names=tuple(name for name in upgrade if name), everything="" in upgrade)
    changed = lock_distribution(workspace, wanted, offline=offline)
    click.echo(f"requirements.lock {'written' if changed else 'is current'}", err=True)
    click.echo(workspace.output / "requirements.lock")


@penstock.command()
@_manifest_options
@_offline
@click.option("--accept-loss", is_flag=True, help="Overwrite edited files; each is kept as <name>.orig.")
@click.option("--locked", is_flag=True, help="Fail instead of locking anew when the lock does not fit.")
def generate(
    config: Path, output_path: Path | None, *, offline: bool, accept_loss: bool, locked: bool
) -> None:
    """Render the distribution.

    Locks first if the lock does not fit.
    """
    from penstock_builder import steps  # noqa: PLC0415

    workspace = _open(config, output_path)
    done = steps.generate(workspace, accept_loss=accept_loss, locked=locked, offline=offline)
    for word, paths in (
        ("saved as .orig", done.saved),
        ("removed", done.removed),
        ("kept, edited", done.kept),
    ):
        for path in paths:
            click.echo(f"{word}: {path}", err=True)
    click.echo(f"{len(done.written)} files written", err=True)
    click.echo(workspace.output)


@penstock.command()
@_manifest_options
def check(config: Path, output_path: Path | None) -> None:
    """Tell whether the distribution is current.

    Compares it with a fresh render; exits 1 with a diff if it is not. Writes nothing and needs no network.
    """
    from penstock_builder.steps import check_distribution  # noqa: PLC0415

    workspace = _open(config, output_path)
    report = check_distribution(workspace)
    for difference in report.differences:
        click.echo(difference.diff, nl=False)
    if report.current:
        click.echo(f"{workspace.output}: current", err=True)
        return
    for difference in report.differences:
        click.echo(f"{workspace.output / difference.path}: {difference.kind}", err=True)
    for note in report.notes:
        click.echo(f"{workspace.output}/{note}", err=True)
    click.echo(f"\nhint: run: {_command('generate', config, output_path)}", err=True)
    sys.exit(1)


@penstock.command()
@_manifest_options
@_offline
@click.option(
    "--wheel-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the wheel goes, instead of dist/ beside the manifest.",
)
def build(config: Path, output_path: Path | None, wheel_dir: Path | None, *, offline: bool) -> None:
    """Build the wheel.

    The lock and the rendered distribution must be current.
    """
    from penstock_builder.errors import DriftError, LockError  # noqa: PLC0415
    from penstock_builder.steps import build_distribution  # noqa: PLC0415

    workspace = _open(config, output_path)
    try:
        artifact = build_distribution(workspace, wheel_dir or config.parent / "dist", offline=offline)
    except (DriftError, LockError) as error:
        hint = error.hint or f"run: {_command('generate', config, output_path)}"
        raise type(error)(error.what, hint) from error
    click.echo(f"sha256 {artifact.sha256}", err=True)
    click.echo(artifact.path)


def _open(config: Path, output: Path | None) -> Workspace:
    from penstock_builder.steps import open_workspace  # noqa: PLC0415

    return open_workspace(config, output)


def _command(name: str, config: Path, output: Path | None) -> str:
    """The command line that mends what was found, as this one was given."""
    import shlex  # noqa: PLC0415

    words = ["penstock", name]
    words += [] if str(config) == _DEFAULT else ["--config", str(config)]
    words += ["--output-path", str(output)] if output else []
    return shlex.join(words)
