"""The commands that edit a manifest in place: `penstock pin`, `add`, `remove` and `replace`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder.options import manifest_option, mending

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from penstock_builder.editing import Edit

__all__ = ("add", "pin", "remove", "replace")

_SECTIONS = ("receiver", "processor", "exporter", "connector", "extension", "provider", "converter")


@click.command()
@manifest_option
@click.argument("requirement", metavar="NAME==VERSION")
def pin(config: Path, requirement: str) -> None:
    """Give a project exactly one version.

    A component gets it in its own line, anything else an entry of `constraints`. Keeps comments and layout.

    \b
    Example:
      penstock pin penstock-receiver-otlp==0.1.0
    """  # noqa: D301 - click's mark for a paragraph that is not wrapped
    from penstock_builder import editing  # noqa: PLC0415 - costs more than the command line

    wanted = _requirement(requirement)
    if [one.operator for one in wanted.specifier] != ["=="] or "*" in str(wanted.specifier):
        raise click.UsageError(f"write it as NAME==VERSION: {requirement}")
    _told(editing.pin(config, wanted), config)


@click.command()
@manifest_option
@click.argument("requirement")
@click.option("--kind", type=click.Choice(_SECTIONS), help="What it is, if its name does not say it.")
@click.option("--path", metavar="DIR", help="The project on this machine, relative to the manifest.")
@click.option("--name", metavar="NAME", help="Take only the entry point of this name.")
@click.option("--import", "target", metavar="TARGET", help="Where the factory is, package.module:attribute.")
@click.option("--index", metavar="NAME", help="The entry of `indexes` that it comes from.")
@click.option(
    "--markers", metavar="CONDITION", help="Where the distribution has it, sys_platform == 'linux'."
)
def add(
    config: Path,
    requirement: str,
    *,
    kind: str | None,
    path: str | None,
    name: str | None,
    target: str | None,
    index: str | None,
    markers: str | None,
) -> None:
    """Add a component.

    \b
    Example:
      penstock add penstock-exporter-debug==0.1.0
    """  # noqa: D301
    from penstock_builder import editing  # noqa: PLC0415

    wanted = _requirement(requirement)
    found = next((one for one in _SECTIONS if wanted.name.lower().startswith(f"penstock-{one}-")), None)
    if kind is None and found is None:
        raise click.UsageError(f"--kind is needed, because the name does not say it: {wanted.name}")
    given = {"path": path, "name": name, "import": target, "index": index, "markers": markers}
    item = {"package": requirement, **{key: value for key, value in given.items() if value}}
    _told(editing.add(config, f"{kind or found}s", item), config)


@click.command()
@manifest_option
@click.argument("name")
def remove(config: Path, name: str) -> None:
    """Take a project out of the manifest.

    That is its component lines, its replacements and its constraints.

    \b
    Example:
      penstock remove penstock-exporter-debug
    """  # noqa: D301
    from penstock_builder import editing  # noqa: PLC0415

    _told(editing.remove(config, name), config)


@click.command()
@manifest_option
@click.argument("dependency")
@click.option("--path", metavar="DIR", help="By a project on this machine, relative to the manifest.")
@click.option("--version", metavar="VERSION", help="By another version.")
@click.option("--package", metavar="REQUIREMENT", help="By another project.")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for the reader.")
@click.option("--link", metavar="URL", help="What will make it unnecessary.")
def replace(
    config: Path,
    dependency: str,
    *,
    path: str | None,
    version: str | None,
    package: str | None,
    reason: str,
    link: str | None,
) -> None:
    """Replace a dependency, wherever it is required.

    Changes the replacement, if there is one.

    \b
    Example:
      penstock replace httpcore --path ../httpcore --reason "waits for the fix of a leak"
    """  # noqa: D301
    from penstock_builder import editing  # noqa: PLC0415

    by = {"path": path, "version": version, "package": package}
    chosen = {key: value for key, value in by.items() if value}
    if len(chosen) != 1:
        raise click.UsageError("give exactly one of --path, --version and --package")
    item = {"dependency": dependency, **chosen, "reason": reason, **({"link": link} if link else {})}
    _told(editing.replace(config, item), config)


def _requirement(text: str) -> Requirement:
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415

    try:
        return Requirement(text)
    except InvalidRequirement as error:
        hint = "write it like penstock-receiver-otlp == 0.1.0 (PEP 508)"
        raise click.UsageError(f"is not a requirement: {text!r}\n\nhint: {hint}") from error


def _told(edit: Edit, config: Path) -> None:
    click.echo(edit.what)
    hint = f"\nhint: run: {mending('generate', config)}" if edit.changed else "nothing to change"
    click.echo(hint, err=True)
