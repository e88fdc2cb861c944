"""How `--help` reads: commands by what they are for, and a command's own options before those of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import click

__all__ = ("GROUPS", "Grouped", "Sectioned", "command")

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "To begin": ("init", "from-config", "import", "list", "new", "doctor"),
        "Every day": ("generate", "check", "build", "plan"),
        "Components and versions": (
            "add",
            "remove",
            "pin",
            "replace",
            "sync-replaces",
            "lock",
            "outdated",
        ),
        "Trust": ("audit", "verify"),
        "This program": ("completion", "version"),
    }
)
"""Every command, under the heading of what it is for; the library is not a command."""


class Grouped(click.Group):
    """Lists its commands under `GROUPS`."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Called by click for `--help`."""
        for heading, names in GROUPS.items():
            rows = [(name, self.commands[name].get_short_help_str(limit=70)) for name in names]
            with formatter.section(heading):
                formatter.write_dl(rows)


class Sectioned(click.Command):
    """Shows the options that tell how the manifest is read, which are the same everywhere, after its own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Called by click for `--help`."""
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None:
                (own if parameter.expose_value or parameter.is_eager else shared).append(row)
        for heading, rows in (("Options", own), ("How the manifest is read", shared)):
            with formatter.section(heading):
                formatter.write_dl(rows)


command: Callable[..., Callable[[Callable[..., None]], click.Command]] = partial(click.command, cls=Sectioned)
"""`click.command` for a command with `options.reading_options`."""
