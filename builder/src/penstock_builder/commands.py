"""The commands: arguments in, words and exit codes out; the rest is imported when it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder import __version__, edit_commands, examples, machine, scaffolding
from penstock_builder.audit_command import audit
from penstock_builder.check_command import check
from penstock_builder.import_command import import_manifest
from penstock_builder.lock_commands import lock, outdated
from penstock_builder.options import manifest_options, mending, offline, opened, tell_notices
from penstock_builder.plan_command import plan
from penstock_builder.progress import quiet_option, say, times
from penstock_builder.sync_command import sync_replaces

if TYPE_CHECKING:
    from penstock_builder.assembly import Built

__all__ = ("build", "generate", "penstock", "version")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="penstock %(version)s")
def penstock() -> None:
    """Build a telemetry collector from a manifest: lock, generate, check, build."""


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


@penstock.command()
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


@penstock.command()
@manifest_options
@quiet_option
@offline
@click.option("--json", "as_json", is_flag=True, help="Print what was built, and the times, as JSON.")
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="KINDS",
    help="What to make, instead of the manifest's outputs: wheel, sdist, wheelhouse, pex, oci, deb.",
)
@click.option(
    "--oci-base",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="The image layout that the output oci is built upon.",
)
@click.option("--boot-test", is_flag=True, help="Also start what was built, and wait until it is ready.")
@click.option(
    "--wheel-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the outputs go, instead of dist/ beside the manifest.",
)
def build(
    config: Path,
    output_path: Path | None,
    outputs: tuple[str, ...],
    oci_base: Path | None,
    wheel_dir: Path | None,
    *,
    as_json: bool,
    boot_test: bool,
    offline: bool,
) -> None:
    """Build the wheel, and what else the manifest's outputs name.

    The lock and the rendered distribution must be current, and what is built must take its own sample.
    """
    from penstock_builder.errors import DriftError, LockError  # noqa: PLC0415
    from penstock_builder.steps import build_distribution  # noqa: PLC0415

    kinds = _kinds(outputs)
    workspace = opened(config, output_path)
    folder = wheel_dir or config.parent / "dist"
    try:
        built = build_distribution(
            workspace, folder, outputs=kinds, base=oci_base, boot=boot_test, offline=offline
        )
    except (DriftError, LockError) as error:
        edited = isinstance(error, DriftError) and error.edited
        hint = f"run: {mending('generate', config, output_path, edited=edited)}"
        raise type(error)(error.what, error.hint or hint) from error
    for warning in built.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        click.echo(_report(built))
        return
    for artifact in built.artifacts:
        say(f"sha256 {artifact.sha256}")
        click.echo(artifact.path)


def _report(built: Built) -> str:
    from penstock_builder import reports  # noqa: PLC0415 - only for `--json`

    done = reports.BuildReport(
        artifacts=tuple(
            reports.BuiltArtifact(kind=one.kind, path=str(one.path), sha256=one.sha256)
            for one in built.artifacts
        ),
        warnings=built.warnings,
        steps=tuple(reports.StepTime(step=one.step, seconds=round(one.seconds, 3)) for one in times()),
    )
    return done.model_dump_json(indent=2)


def _kinds(given: tuple[str, ...]) -> tuple[str, ...]:
    """The words of every `--output`, separated by commas."""
    from typing import get_args  # noqa: PLC0415

    from penstock_builder.settings import Output  # noqa: PLC0415

    kinds = tuple(word.strip() for one in given for word in one.split(",") if word.strip())
    for kind in kinds:
        if kind not in get_args(Output):
            raise click.BadParameter(f"is not an output: {kind}", param_hint="--output")
    return kinds


for _command in (
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
