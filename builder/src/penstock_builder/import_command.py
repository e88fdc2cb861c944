"""`penstock import`: a manifest of the OpenTelemetry Collector Builder as one of ours."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ("import_manifest",)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The new manifest, instead of <name>.penstock.yaml next to FILE.",
)
@click.option(
    "--unmapped",
    type=click.Choice(["error", "warn", "skip"]),
    default="skip",
    show_default=True,
    help="What to do about Go modules that nothing here replaces.",
)
@click.option(
    "--gomod-map",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="More rows for the map of Go modules.",
)
@click.option(
    "--components",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    multiple=True,
    metavar="DIR",
    help="Take components from the projects below DIR instead of an index.",
)
def import_manifest(
    file: Path, output: Path | None, unmapped: str, gomod_map: tuple[Path, ...], components: tuple[Path, ...]
) -> None:
    """Take over a manifest of the OpenTelemetry Collector Builder.

    Prints what each Go module is here, and leaves out what has no counterpart. The original stays as it is.
    """
    from typing import cast  # noqa: PLC0415

    from penstock_builder import importing  # noqa: PLC0415 - costs more than the command line
    from penstock_builder.gomodules import Unmapped  # noqa: PLC0415
    from penstock_builder.load import load  # noqa: PLC0415
    from penstock_builder.reading import Reading  # noqa: PLC0415

    # click has checked that it is one of the three words: cast
    how = Reading(compat=True, unmapped=cast("Unmapped", unmapped), maps=gomod_map, allow_empty=True)
    loaded = load(file, how)
    target = output or file.with_name(f"{file.stem}.penstock.yaml")
    importing.write_new(target, importing.imported(loaded, target, importing.local_projects(components)))
    click.echo(importing.table(loaded.source.lines), nl=False)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"written: {target}", err=True)
