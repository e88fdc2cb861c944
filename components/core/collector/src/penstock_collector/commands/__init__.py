"""The subcommands of a collector's command line."""

from penstock_collector.commands.root import root

__all__ = ("root",)
