"""`penstock check`: whether distributions are what their manifests give."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder.helping import command
from penstock_builder.options import DEFAULT, manifest_options, mending, reading

if TYPE_CHECKING:
    from penstock_builder.checking import Finding

__all__ = ("check",)


@command()
@click.argument("manifests", nargs=-1, type=click.Path(path_type=Path), metavar="[MANIFEST]...")
@manifest_options
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(manifests: tuple[Path, ...], config: Path, output_path: Path | None, *, as_json: bool) -> None:
    """Tell whether the distribution of each MANIFEST is current.

    Compares it with a fresh render; exits 1 with a diff if it is not. Writes nothing and needs no network.
    """
    from penstock_builder.checking import check_all  # noqa: PLC0415 - costs more than the command line

    if manifests and (config != Path(DEFAULT) or output_path):
        raise click.UsageError("--config and --output-path are for a single manifest: name one or the other")
    findings = check_all(manifests or (config,), output_path, how=reading())
    if as_json:
        click.echo(_report(findings, output_path))
    else:
        for finding in findings:
            _tell(finding, output_path)
    sys.exit(max(_exit_code(finding) for finding in findings))


def _exit_code(finding: Finding) -> int:
    return finding.error.exit_code if finding.error else int(not finding.current)


def _tell(finding: Finding, output_path: Path | None) -> None:
    for warning in finding.warnings:
        click.echo(f"warning: {warning}", err=True)
    for difference in finding.report.differences:
        click.echo(difference.diff, nl=False)
    if finding.current:
        click.echo(f"{finding.output}: current", err=True)
    elif finding.error:
        click.echo(finding.error, err=True)
    else:
        for difference in finding.report.differences:
            click.echo(f"{finding.output / difference.path}: {difference.kind}", err=True)
        for note in finding.report.notes:
            click.echo(f"{finding.output}{'' if note.startswith(':') else '/'}{note}", err=True)
        click.echo(f"\nhint: run: {_mend(finding, output_path)}", err=True)


def _mend(finding: Finding, output_path: Path | None) -> str:
    from penstock_builder.roots import SHARED  # noqa: PLC0415

    if not finding.synced:
        return mending("generate", finding.manifest, output_path, edited=finding.report.edited)
    where = "" if finding.manifest == Path(SHARED) else f" --file {finding.manifest}"
    return f"penstock sync-replaces{where}"


def _report(findings: tuple[Finding, ...], output_path: Path | None) -> str:
    from penstock_builder import reports  # noqa: PLC0415 - only for `--json`

    checked = tuple(
        reports.Checked(
            manifest=str(one.manifest),
            output=str(one.output),
            current=one.current,
            files=tuple(
                reports.CheckedFile(path=str(file.path), kind=file.kind, diff=file.diff)
                for file in one.report.differences
            ),
            notes=one.report.notes,
            mend="" if one.current or one.error else _mend(one, output_path),
            failed=reports.told(one.error) if one.error else None,
        )
        for one in findings
    )
    done = reports.CheckReport(current=all(one.current for one in findings), distributions=checked)
    return done.model_dump_json(indent=2)
