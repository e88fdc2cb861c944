"""`penstock build`: the wheel, and what else is made of a distribution."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder.helping import command
from penstock_builder.options import manifest_options, mending, offline, opened
from penstock_builder.progress import quiet_option, say, times
from penstock_builder.wanted import Wanted

if TYPE_CHECKING:
    from penstock_builder.request import Built

__all__ = ("build",)


@command()
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
@click.option(
    "--sign",
    "key",
    type=click.Path(path_type=Path),
    metavar="KEY",
    help="Put a statement of where it comes from beside each output, signed with this private key (PEM).",
)
@click.option("--rebuild", is_flag=True, help="Build also what is there already.")
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
    key: Path | None,
    as_json: bool,
    boot_test: bool,
    rebuild: bool,
    offline: bool,
) -> None:
    """Build the wheel, and what else the manifest's outputs name.

    The lock and the rendered distribution must be current, and what is built must take its own sample.
    """
    from penstock_builder.errors import DriftError, LockError  # noqa: PLC0415
    from penstock_builder.steps import build_distribution  # noqa: PLC0415

    wanted = Wanted(
        outputs=_kinds(outputs), base=oci_base, key=key, boot=boot_test, rebuild=rebuild, offline=offline
    )
    workspace = opened(config, output_path)
    try:
        built = build_distribution(workspace, wheel_dir or config.parent / "dist", wanted)
    except (DriftError, LockError) as error:
        edited = isinstance(error, DriftError) and error.edited
        hint = f"run: {mending('generate', config, output_path, edited=edited)}"
        raise type(error)(error.what, error.hint or hint) from error
    _tell(built, as_json=as_json)


def _tell(built: Built, *, as_json: bool) -> None:
    for warning in built.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        click.echo(_report(built))
        return
    if built.reused:
        say("nothing to build: everything is there")
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
        reused=built.reused,
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
            what = f"is not one of {', '.join(get_args(Output))}: {kind}"
            raise click.BadParameter(what, param_hint="--output")
    return kinds
