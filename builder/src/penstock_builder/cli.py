"""The console script `penstock`: answers the version at once, and loads the commands for everything else."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from penstock_builder import __version__

if TYPE_CHECKING:
    from penstock_builder.errors import BuilderError

__all__ = ("main",)

_OLDEST = (3, 11)
_INTERRUPTED = 130
_GARBAGE = 50_000  # a command makes little garbage in its short life, and looking for it takes longer


def main() -> None:
    """Run the command line; a mistake of the user ends in a message and an exit code, not in a traceback."""
    if tuple(sys.version_info[:2]) < _OLDEST:
        _no_python()
    if sys.argv[1:] in (["--version"], ["version"]):
        sys.stdout.write(f"penstock {__version__}\n")
        sys.exit(0)
    # nothing uninvited is loaded, and looking for it in every installed project takes a fifth of `check`
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.set_threshold(_GARBAGE)
    import click  # noqa: PLC0415 - costs more than all of the above

    from penstock_builder.commands import penstock  # noqa: PLC0415
    from penstock_builder.errors import BuilderError  # noqa: PLC0415

    try:
        sys.exit(penstock.main(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        sys.exit(_INTERRUPTED)
    except BuilderError as error:
        _tell(error)


def _tell(error: BuilderError) -> NoReturn:
    """The words on standard error, and with `--json` a report on standard output."""
    sys.stderr.write(f"{error}\n")
    if "--json" in sys.argv:
        from penstock_builder.reports import told  # noqa: PLC0415 - only for `--json`

        sys.stdout.write(told(error).model_dump_json(indent=2) + "\n")
    sys.exit(error.exit_code)


def _no_python() -> NoReturn:
    needed, found = (".".join(map(str, version)) for version in (_OLDEST, sys.version_info[:3]))
    sys.stderr.write(f"penstock needs Python {needed}, found: {found}\n")
    sys.exit(3)
