"""The commands that make something to start from, and that tell what there is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder.kinds import KINDS

if TYPE_CHECKING:
    from penstock_builder.scaffold.catalogue import Known

__all__ = ("from_config", "init", "list_components", "new")

_MADE = tuple(kind for kind in KINDS.values() if kind != "converter")

_source = click.option(
    "--source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Take the projects from this folder (components/<kind>/<name>) instead of an index.",
)


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--name", default="", help="What the distribution is called, if not like the folder.")
@click.option(
    "--merge", is_flag=True, help="Add what is missing to a folder that has files; overwrites nothing."
)
@click.option("--no-generate", is_flag=True, help="Do not lock and render, which may need a network.")
@click.option("--offline", is_flag=True, help="Use nothing but what uv has in its cache.")
@_source
def init(
    folder: Path, name: str, source: Path | None, *, merge: bool, no_generate: bool, offline: bool
) -> None:
    """Make a repository for a collector of your own.

    Manifest, config, Makefile, CI and README, locked and rendered: `make demo` works at once. If anything
    fails, nothing is left behind.
    """
    from penstock_builder.scaffold.init import Repository, make_repository  # noqa: PLC0415 - loads all stages

    wanted = Repository(folder=folder, name=name, source=source)
    click.echo(make_repository(wanted, merge=merge, render=not no_generate, offline=offline))
    click.echo("next: make demo", err=True)


@click.command()
@click.argument("kind", metavar="KIND", type=click.Choice(_MADE))
@click.argument("name")
def new(kind: str, name: str) -> None:
    """Make a component project below components/KIND/NAME.

    KIND is receiver, processor, exporter, connector, extension or provider. The project passes its tests and
    the contract of all components as it is.
    """
    from penstock_builder.scaffold import new as scaffold  # noqa: PLC0415 - loads the templates

    made = scaffold.New(kind=kind, name=name)
    click.echo(scaffold.make_component(made, Path()))
    lines = "\n".join(f"  {line}" for line in made.lines.splitlines())
    click.echo(f"add it to your manifest:\n\n{kind}s:\n{lines}", err=True)


@click.command("list")
@click.option("--installed", is_flag=True, help="What is installed beside the builder.")
@click.option("--known", is_flag=True, help="What exists for this version of the builder (default).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.argument("query", nargs=-1)
def list_components(query: tuple[str, ...], *, installed: bool, known: bool, as_json: bool) -> None:
    """List components, with the line to paste into a manifest.

    QUERY are words that must all occur in kind, name, project, description or stability.
    """
    from penstock_builder.scaffold import catalogue  # noqa: PLC0415 - reads files

    if installed and known:
        raise click.UsageError("--installed and --known exclude each other")
    everything = catalogue.installed() if installed else catalogue.known()
    found = catalogue.search(everything, " ".join(query))
    if as_json:
        click.echo(_json(found))
    for one in () if as_json else found:
        click.echo(f"{_SECTIONS[one.kind]}/{one.name}: {one.description}\n    {one.line}")
    if not found:
        what = f"no component matches: {' '.join(query)}" if query else "no component is installed here"
        click.echo(f"{what}\n\nhint: `penstock list` shows all that there are", err=True)
        sys.exit(1)


_SECTIONS = {kind: section for section, kind in KINDS.items()}


def _json(found: tuple[Known, ...]) -> str:
    import json  # noqa: PLC0415

    entries = [
        {
            "section": _SECTIONS[one.kind],
            "name": one.name,
            "project": one.project,
            "version": one.version,
            "description": one.description,
            "stability": dict(one.stability),
            "line": one.line,
        }
        for one in found
    ]
    return json.dumps(entries, indent=2, ensure_ascii=False)


@click.command("from-config")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", default="my-collector", show_default=True, help="What the distribution is called.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write it there; never overwrites.",
)
@_source
def from_config(files: tuple[Path, ...], name: str, output: Path | None, source: Path | None) -> None:
    """Write a manifest that covers given configurations.

    Covers every component, named instances, and every provider in `${scheme:...}`.
    """
    from penstock_builder.errors import ScaffoldError  # noqa: PLC0415 - the rest is not needed for --help
    from penstock_builder.scaffold.from_config import components_of  # noqa: PLC0415
    from penstock_builder.scaffold.manifest_text import manifest_text, open_source  # noqa: PLC0415
    from penstock_builder.words import WordError, distribution_name  # noqa: PLC0415

    try:
        distribution_name(name)
    except WordError as error:
        raise ScaffoldError(f"--name: {error.what}", error.hint) from error
    found = components_of(list(files))
    base = output.parent if output else Path()
    text = manifest_text(name, found, open_source(source, base) if source else None)
    if output is None:
        click.echo(text, nl=False)
        return
    _write_new(output, text)
    click.echo(output)


def _write_new(file: Path, text: str) -> None:
    from penstock_builder.errors import ScaffoldError  # noqa: PLC0415

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise ScaffoldError(f"is there already: {file}", "choose another name") from None
    except OSError as error:
        raise ScaffoldError(f"{file}: cannot be written: {error.strerror}") from error
