"""`penstock audit`: the gate for known vulnerabilities."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder.helping import command
from penstock_builder.options import fitting_lock, manifest_options, opened
from penstock_builder.tabular import table

if TYPE_CHECKING:
    from penstock_builder.reports import AuditReport

__all__ = ("audit",)


@command()
@manifest_options
@click.option("--service", default="", metavar="URL", help="Where to ask, if not at uv's own default.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def audit(config: Path, output_path: Path | None, service: str, *, as_json: bool) -> None:
    """Tell which pins have known vulnerabilities.

    Asks a service of advisories (OSV) about every pin of the lock. Exits 1 if there are any that
    `policy.accepted_advisories` in the manifest does not name. Changes nothing, and no build needs it.
    """
    from datetime import date  # noqa: PLC0415

    from penstock_builder.audit import audit as find  # noqa: PLC0415 - costs more than the command line

    workspace = opened(config, output_path)
    accepted = workspace.loaded.manifest.policy.accepted_advisories
    today = date.today()  # noqa: DTZ011 - the day where the user is
    done = find(fitting_lock(workspace, config, output_path), accepted, today=today, service=service)
    if as_json:
        click.echo(done.model_dump_json(indent=2))
    elif done.vulnerabilities:
        click.echo(_told(done), nl=False)
    for note in done.notes:
        click.echo(f"warning: {note}", err=True)
    click.echo(_counted(done), err=True)
    sys.exit(0 if done.passed else 1)


def _told(done: AuditReport) -> str:
    rows = [("NAME", "LOCKED", "ADVISORY", "FIXED IN", "SAYS")]
    for one in done.vulnerabilities:
        says = f"accepted: {one.accepted}" if one.accepted else one.summary
        rows.append((one.name, one.version, one.id, ", ".join(one.fixed) or "no version", says))
    return table(rows)


def _counted(done: AuditReport) -> str:
    accepted = sum(bool(one.accepted) for one in done.vulnerabilities)
    return f"pins: {done.audited}, known vulnerabilities: {len(done.vulnerabilities)}, accepted: {accepted}"
