"""The commands: arguments in, words and exit codes out; the rest is imported when it is needed."""

from __future__ import annotations

from pathlib import Path

import click

from penstock_builder import __version__, edit_commands, examples, machine, scaffolding
from penstock_builder.audit_command import audit
from penstock_builder.build_command import build
from penstock_builder.check_command import check
from penstock_builder.helping import Grouped, Sectioned
from penstock_builder.import_command import import_manifest
from penstock_builder.lock_commands import lock, outdated
from penstock_builder.options import manifest_options, offline, opened, tell_notices
from penstock_builder.plan_command import plan
from penstock_builder.progress import quiet_option, say
from penstock_builder.sync_command import sync_replaces
from penstock_builder.verify_command import verify

__all__ = ("generate", "penstock", "version")


@click.group(cls=Grouped, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="penstock %(version)s")
def penstock() -> None:
    """Build a telemetry collector from a manifest.

    `penstock init DIR` makes a repository to begin with; each command explains itself with --help.
    """


@penstock.command()
def version() -> None:
    """Print the builder's version."""
    click.echo(f"penstock {__version__}")


penstock.add_command(lock)
penstock.add_command(outdated)
penstock.add_command(audit)
penstock.add_command(plan)
for _edit in (edit_commands.pin, edit_commands.add, edit_commands.remove, edit_commands.replace):
    penstock.add_command(_edit)


@penstock.command(cls=Sectioned)
@manifest_options
@quiet_option
@offline
@click.option("--accept-loss", is_flag=True, help="Overwrite edited files; each is kept as <name>.orig.")
@click.option("--force", is_flag=True, help="Write into a folder that holds other files; they stay.")
@click.option("--locked", is_flag=True, help="Fail instead of locking anew when the lock does not fit.")
def generate(
    config: Path, output_path: Path | None, *, offline: bool, accept_loss: bool, force: bool, locked: bool
) -> None:
    """Render the distribution.

    Locks first if the lock does not fit.
    """
    from penstock_builder import steps  # noqa: PLC0415

    workspace = opened(config, output_path)
    done = steps.generate(workspace, accept_loss=accept_loss, force=force, locked=locked, offline=offline)
    tell_notices(workspace)
    for word, paths in (
        ("saved as .orig", done.saved),
        ("removed", done.removed),
        ("kept, edited", done.kept),
    ):
        for path in paths:
            say(f"{word}: {path}")
    say(f"{len(done.written)} files written")
    click.echo(workspace.output)


penstock.add_command(check)


for _command in (
    build,
    verify,
    import_manifest,
    sync_replaces,
    scaffolding.init,
    scaffolding.new,
    scaffolding.list_components,
    scaffolding.from_config,
    machine.doctor,
    machine.completion,
):
    penstock.add_command(_command)

for _name, _described in penstock.commands.items():
    _described.epilog = _described.epilog or examples.epilog(_name)
