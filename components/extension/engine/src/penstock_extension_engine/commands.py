"""`engine run|validate|catalog|graph|schema`. Exit codes: 0 good, 1 it failed, 2 the user's file is wrong."""

import functools
from collections.abc import Callable
from typing import Final

import click
import yaml

from penstock_api import BuildInfo, Components, ConfigError, split_endpoint
from penstock_dataflow import (
    CatalogEntry,
    ExtensionEntry,
    Source,
    catalog,
    mermaid,
    override,
    run,
    source,
    validate,
)

__all__ = ("group",)

_WRONG_INPUT: Final = 2


def group(build: BuildInfo, components: Callable[[], Components]) -> click.Group:
    """The commands, for the distribution `build`."""

    @click.group("engine", help="Run, check and show dataflow configurations.")
    def engine() -> None:
        """Nothing to do by itself."""

    _add_run(engine, build, components)
    _add_checks(engine, components)
    _add_lists(engine, components)
    return engine


def _add_run(engine: click.Group, build: BuildInfo, components: Callable[[], Components]) -> None:
    @engine.command("run", help="Run a dataflow until a signal arrives.")
    @click.option(
        "--http-admin",
        metavar="ADDRESS",
        callback=_address,
        help="Where the admin interface listens, `host:port`; `off` for none. Goes before the file.",
    )
    @click.option(
        "--strict-extensions/--no-strict-extensions",
        default=None,
        help="Whether an extension that no node uses is an error. Goes before the file.",
    )
    @_with_source
    def run_command(where: Source, *, http_admin: str | None, strict_extensions: bool | None) -> int:
        config = override(validate(where, components()), http_admin, strict=strict_extensions)
        return run(config, components(), build)


def _add_checks(engine: click.Group, components: Callable[[], Components]) -> None:
    @engine.command("validate", help="Check a file and every node in it; silent when it is good.")
    @_with_source
    def validate_command(where: Source) -> int:
        validate(where, components())
        return 0

    @engine.command("graph", help="Show a file as a Mermaid flow chart.")
    @_with_source
    def graph_command(where: Source) -> int:
        click.echo(mermaid(validate(where, components())), nl=False)
        return 0


def _add_lists(engine: click.Group, components: Callable[[], Components]) -> None:
    @engine.command("schema", help="Print the JSON Schema of such files, with every type there is.")
    def schema_command() -> None:
        from penstock_dataflow.schema import schema_text  # noqa: PLC0415 - only this command needs it

        click.echo(schema_text(components()), nl=False)

    @engine.command("catalog", help="List every node and extension type of this distribution, as YAML.")
    def catalog_command() -> None:
        found = catalog(components())
        shown = {
            "nodes": [_shown(entry) for entry in found.nodes],
            "extensions": [_shown_extension(entry) for entry in found.extensions],
        }
        click.echo(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=120), nl=False)


def _address(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no address."""
    if value not in (None, "off"):
        try:
            split_endpoint(value)
        except ValueError:
            raise click.BadParameter(f"write `host:port`, or `off`: {value}") from None
    return value


def _with_source(work: Callable[..., int]) -> Callable[..., None]:
    """Add the option for the file, and turn what `work` returns or finds wrong into an exit code."""

    @click.option(
        "-c",
        "--config",
        "location",
        required=True,
        metavar="FILE",
        help="An `otel_dataflow/v1` file or a directory of them, `env:NAME`, or `yaml:TEXT`.",
    )
    @functools.wraps(work)
    def wrapped(location: str, **options: object) -> None:
        try:
            code = work(source(location), **options)
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
