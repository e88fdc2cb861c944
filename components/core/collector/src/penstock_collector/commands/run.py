"""`run`: run the collector until a signal arrives."""

import click

from penstock_collector.commands.options import Collector, Given, source_options

__all__ = ("command",)


@click.command("run", help="Run until a signal arrives (the same as no command).")
@source_options
@click.pass_obj
def command(collector: Collector, *, given: Given) -> int:
    """Run the collector; returns its exit code."""
    from penstock_collector.runner import run  # noqa: PLC0415 - other commands need no engine

    loader = collector.loader(given)
    return run(loader, collector.build, loader.components, loader.gates.view())
