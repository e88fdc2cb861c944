"""`penstock sync-replaces`: shared replacements into every file that lists them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

__all__ = ("sync_replaces",)


@click.command("sync-replaces")
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    default="dependency-replacements.yaml",
    show_default=True,
    metavar="FILE",
    help="The shared replacements.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with a diff if a file is not current.")
def sync_replaces(file: Path, *, check: bool) -> None:
    """Write the shared replacements into every file they are for.

    They stand between two markers; everything else in the files stays as it is, byte for byte.
    """
    from penstock_builder.sharing import read_shared  # noqa: PLC0415 - costs more than the command line
    from penstock_builder.syncer import changes, write_changes  # noqa: PLC0415

    shared = read_shared(file)
    for module in shared.skipped:
        click.echo(f"warning: {module.path}: is a file of Go, and not written", err=True)
    found = changes(shared)
    if not check:
        write_changes(found)
        for one in found:
            click.echo(one.path)
        click.echo(f"{len(found)} files written", err=True)
        return
    for one in found:
        click.echo(one.diff, nl=False)
        click.echo(f"{one.path}: is not current", err=True)
    if found:
        click.echo("\nhint: run: penstock sync-replaces", err=True)
    sys.exit(bool(found))
