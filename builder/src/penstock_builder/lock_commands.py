"""The commands about versions: `penstock lock` and `penstock outdated`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder.helping import command
from penstock_builder.options import fitting_lock, manifest_options, mending, offline, opened, tell_notices
from penstock_builder.progress import quiet_option, say
from penstock_builder.tabular import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock_builder.outdated import Newer
    from penstock_builder.steps import Workspace

__all__ = ("lock", "outdated")


@command()
@manifest_options
@quiet_option
@offline
@click.option(
    "--upgrade",
    is_flag=False,
    flag_value="",
    multiple=True,
    metavar="[NAME]",
    help="Let this pin move, or without a name all of them. May be given several times.",
)
@click.option("--check", is_flag=True, help="Only tell whether the lock fits; exits 1 if not.")
@click.option(
    "--pylock",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the pins as FILE in the format of PEP 751, pylock.toml or pylock.<name>.toml.",
)
def lock(
    config: Path,
    output_path: Path | None,
    upgrade: tuple[str, ...],
    pylock: Path | None,
    *,
    check: bool,
    offline: bool,
) -> None:
    """Pin every third-party package.

    Writes requirements.lock, with hashes. Pins that still fit are kept.
    """
    from penstock_builder.relock import Upgrade  # noqa: PLC0415
    from penstock_builder.steps import lock_distribution  # noqa: PLC0415

    if check and (upgrade or pylock):
        raise click.UsageError("--check changes nothing: leave out --upgrade and --pylock")
    if pylock:
        _require_name(pylock)
    workspace = opened(config, output_path)
    if check:
        _check(workspace, mending("lock", config, output_path))
    else:
        wanted = Upgrade(names=tuple(name for name in upgrade if name), everything="" in upgrade)
        changed = lock_distribution(workspace, wanted, offline=offline)
        tell_notices(workspace)
        say(f"requirements.lock {'written' if changed else 'is current'}")
        click.echo(workspace.output / "requirements.lock")
    if pylock:
        _write_pylock(workspace, pylock, offline=offline)


def _check(workspace: Workspace, mend: str) -> None:
    from penstock_builder.steps import lock_reasons  # noqa: PLC0415

    reasons = lock_reasons(workspace)
    if not reasons:
        click.echo("requirements.lock is current", err=True)
        return
    for reason in reasons:
        click.echo(f"{workspace.output / 'requirements.lock'}: {reason}", err=True)
    click.echo(f"\nhint: run: {mend}", err=True)
    sys.exit(1)


def _require_name(file: Path) -> None:
    from penstock_builder.pylock import is_pylock_name  # noqa: PLC0415

    if not is_pylock_name(file.name):
        raise click.UsageError(f"--pylock must be called pylock.toml or pylock.<name>.toml: {file.name}")


def _write_pylock(workspace: Workspace, file: Path, *, offline: bool) -> None:
    from pathlib import PurePosixPath  # noqa: PLC0415

    from penstock_builder.pylock import pylock  # noqa: PLC0415
    from penstock_builder.steps import fresh_lock  # noqa: PLC0415
    from penstock_builder.write import replace_file  # noqa: PLC0415

    text = pylock(workspace.resolution, fresh_lock(workspace), file.parent, offline=offline)
    replace_file(file.parent, PurePosixPath(file.name), text)
    for name in workspace.resolution.indexes.hidden():
        click.echo(f"warning: {file}: holds the address of the index {name}: do not commit it", err=True)
    click.echo(file)


@command()
@manifest_options
@offline
@click.option("--json", "as_json", is_flag=True, help="Print the pins as JSON.")
def outdated(config: Path, output_path: Path | None, *, as_json: bool, offline: bool) -> None:
    """List the pins for which there is a newer version.

    FITS is the newest that all requirements allow: `penstock lock --upgrade NAME` takes it. Changes nothing.
    """
    from penstock_builder.outdated import outdated as find  # noqa: PLC0415

    workspace = opened(config, output_path)
    found = find(workspace.resolution, fitting_lock(workspace, config, output_path), offline=offline)
    if as_json:
        click.echo(_report(found))
    elif found:
        rows = [("NAME", "LOCKED", "FITS", "LATEST", "REQUIRED BY")]
        rows += [
            (
                one.pin.name,
                one.pin.version,
                one.fits,
                one.latest,
                ", ".join(one.by) or "the distribution",
            )
            for one in found
        ]
        click.echo(table(rows), nl=False)
    else:
        click.echo("every pin is the newest version", err=True)


def _report(found: Sequence[Newer]) -> str:
    from penstock_builder import reports  # noqa: PLC0415 - only for `--json`

    pins = tuple(
        reports.OutdatedPin(
            name=one.pin.name, locked=one.pin.version, fits=one.fits, latest=one.latest, via=one.by
        )
        for one in found
    )
    return reports.OutdatedReport(pins=pins).model_dump_json(indent=2)
