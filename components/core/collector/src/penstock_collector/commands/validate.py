"""`validate`: check the configuration and the graph it makes; start nothing."""

import click

from penstock_collector.commands.options import Collector, Given, source_options
from penstock_collector.graph import check_graph

__all__ = ("command",)


@click.command("validate", help="Check the configuration; silent when it is good.")
@source_options
@click.pass_obj
def command(collector: Collector, *, given: Given) -> None:
    """Raise `ConfigError` with every mistake; no port is opened, no file made."""
    check_graph(collector.loader(given)())
