"""`engine run|validate|catalog|graph`. Exit codes: 0 good, 1 it failed, 2 the user's file is wrong."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
import yaml

from penstock_api import BuildInfo, Components, ConfigError
from penstock_dataflow import CatalogEntry, ExtensionEntry, catalog, mermaid, run, validate

__all__ = ("group",)

_WRONG_INPUT: Final = 2


def group(build: BuildInfo, components: Callable[[], Components]) -> click.Group:
    """The commands, for the distribution `build`."""

    @click.group("engine", help="Run, check and show dataflow configurations.")
    def engine() -> None:
        """Nothing to do by itself."""

    @engine.command("run", help="Run a dataflow until a signal arrives.")
    @_with_file
    def run_command(file: Path) -> int:
        return run(validate(file, components()), components(), build)

    @engine.command("validate", help="Check a file and every node in it; silent when it is good.")
    @_with_file
    def validate_command(file: Path) -> int:
        validate(file, components())
        return 0

    @engine.command("graph", help="Show a file as a Mermaid flow chart.")
    @_with_file
    def graph_command(file: Path) -> int:
        click.echo(mermaid(validate(file, components())), nl=False)
        return 0

    @engine.command("catalog", help="List every node and extension type of this distribution, as YAML.")
    def catalog_command() -> None:
        found = catalog(components())
        shown = {
            "nodes": [_shown(entry) for entry in found.nodes],
            "extensions": [_shown_extension(entry) for entry in found.extensions],
        }
        click.echo(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=120), nl=False)

    return engine


def _with_file(work: Callable[[Path], int]) -> Callable[[Path], None]:
    """Add the option for the file, and turn what `work` returns or finds wrong into an exit code."""

    @click.option(
        "-c",
        "--config",
        "file",
        required=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="An `otel_dataflow/v1` file.",
    )
    @functools.wraps(work)
    def wrapped(file: Path) -> None:
        try:
            code = work(file)
        except ConfigError as error:
            for problem in error.problems:
                click.echo(f"Error: {problem}", err=True)
            code = _WRONG_INPUT
        click.get_current_context().exit(code)

    return wrapped


def _shown(entry: CatalogEntry) -> dict[str, object]:
    return {
        "urn": entry.urn,
        "type": entry.short,
        "description": entry.description,
        "module": f"{entry.project} {entry.version}",
        "documentation": entry.documentation,
        "signals": [signal.value for signal in entry.signals],
        "outputs": "as its config says" if entry.outputs is None else list(entry.outputs),
    }


def _shown_extension(entry: ExtensionEntry) -> dict[str, object]:
    return {
        "urn": entry.urn,
        "type": entry.short,
        "description": entry.description,
        "module": f"{entry.project} {entry.version}",
        "documentation": entry.documentation,
        "capabilities": list(entry.capabilities),
        "lifecycle": " or ".join(entry.lifecycle),
    }
