"""The command itself, and which subcommands it has. Each is imported when it is called."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

import click

from penstock_api import BuildInfo, Components
from penstock_collector.commands.options import Collector, Given, source_options

__all__ = ("root",)

_Commands = Mapping[str, Callable[[], click.Command]]
_ALIASES: Final = {"print-initial-config": "print-config"}


def _own(module: str) -> Callable[[], click.Command]:
    def load() -> click.Command:
        command = import_module(f"penstock_collector.commands.{module}").command
        assert isinstance(command, click.Command)
        return command

    return load


_OWN: Final[_Commands] = {
    "components": _own("components"),
    "featuregate": _own("featuregate"),
    "print-config": _own("print_config"),
    "run": _own("run"),
    "validate": _own("validate"),
}


class _Group(click.Group):
    """A group that makes a subcommand when it is asked for."""

    commands_of: _Commands = _OWN

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(self.commands_of)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        make = self.commands_of.get(_ALIASES.get(cmd_name, cmd_name))
        return None if make is None else make()


def root(
    build: BuildInfo,
    components: Callable[[], Components],
    commands: _Commands,
    manifest: Callable[[], str] | None = None,
) -> click.Group:
    """The command line of `build`: runs the collector unless a subcommand is named."""

    @click.group(
        cls=_Group,
        name=build.command,
        help=f"{build.description}\n\nWithout a command: run until a signal arrives.",
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    @click.version_option(
        build.version, "-v", "--version", message=f"{build.command} version {build.version}"
    )
    @source_options
    @click.pass_context
    def group(ctx: click.Context, *, given: Given) -> object:
        ctx.obj = Collector(build, components, given)
        if ctx.invoked_subcommand is not None:
            return 0
        run = ctx.command.get_command(ctx, "run")  # type: ignore[attr-defined]  # the group itself
        return ctx.invoke(run)

    assert isinstance(group, _Group)
    group.commands_of = {**commands, **_OWN}
    if manifest is not None:
        group.params.append(_manifest_option(manifest))
    return group


def _manifest_option(manifest: Callable[[], str]) -> click.Option:
    def show(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
        if wanted and not ctx.resilient_parsing:
            click.echo(manifest(), nl=False)
            ctx.exit()

    return click.Option(
        ["--print-manifest"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Print the manifest that this collector was built from, with every version, and exit.",
    )
