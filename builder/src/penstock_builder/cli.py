"""The console script `penstock`: answers the version at once, and loads the commands for everything else."""

import sys

from penstock_builder import __version__

__all__ = ("main",)


def main() -> None:
    """Run the command line; a mistake of the user ends in a message and an exit code, not in a traceback."""
    if sys.argv[1:] in (["--version"], ["version"]):
        sys.stdout.write(f"penstock {__version__}\n")
        sys.exit(0)
    from penstock_builder.commands import penstock  # noqa: PLC0415 - click costs more than all of the above
    from penstock_builder.errors import BuilderError  # noqa: PLC0415

    try:
        penstock()
    except BuilderError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
