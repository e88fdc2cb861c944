"""The command group that a distribution adds to its command line; the work is loaded when it is called."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from penstock_api import BuildInfo, Components

if TYPE_CHECKING:
    import click

__all__ = ("command",)


def command(build: BuildInfo, components: Callable[[], Components]) -> "click.Command":
    """`engine run|validate|catalog|graph|schema` for the distribution `build`."""
    from penstock_extension_engine.commands import group  # noqa: PLC0415 - the collector itself needs no click

    return group(build, components)
