"""The command line of a collector. Exit codes: 0 good, 1 it failed, 2 the user's file or words are wrong."""

import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import click

    from penstock_api import BuildInfo, Components

__all__ = ("FAILED", "WRONG_INPUT", "main")

FAILED: Final = 1
WRONG_INPUT: Final = 2
_NO_COMMANDS: "Mapping[str, Callable[[], click.Command]]" = MappingProxyType({})

# Imports stand inside functions: `--version` must not wait for what only a run needs.


def main(
    build: "BuildInfo",
    components: "Callable[[], Components]",
    commands: "Mapping[str, Callable[[], click.Command]]" = _NO_COMMANDS,
    argv: Sequence[str] | None = None,
    manifest: "Callable[[], str] | None" = None,
) -> int:
    """Run the command line of the collector `build` and return its exit code.

    `components` gives what the distribution carries; `commands` adds subcommands, each made when called;
    `manifest` gives the resolved manifest that the distribution was built from.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["--version"], ["-v"]):
        print(f"{build.command} version {build.version}")  # noqa: T201 - the command line prints
        return 0
    from penstock_api import ConfigError, PenstockError  # noqa: PLC0415

    try:
        return _invoke(build, components, commands, words, manifest)
    except ConfigError as error:
        return _failed(error.problems, WRONG_INPUT)
    except PenstockError as error:
        return _failed((error,), FAILED)


def _invoke(
    build: "BuildInfo",
    components: "Callable[[], Components]",
    commands: "Mapping[str, Callable[[], click.Command]]",
    words: list[str],
    manifest: "Callable[[], str] | None",
) -> int:
    import click  # noqa: PLC0415

    from penstock_collector.commands import root  # noqa: PLC0415

    group = root(build, components, commands, manifest)
    try:
        result = group.main(args=words, prog_name=build.command, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return FAILED
    return result if isinstance(result, int) else 0


def _failed(errors: Sequence[object], code: int) -> int:
    for error in errors:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 - the command line prints
    return code
