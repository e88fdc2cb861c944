"""`penstock plan`: what would be built, from where, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from penstock_builder.helping import command
from penstock_builder.options import manifest_options, opened
from penstock_builder.tabular import table

if TYPE_CHECKING:
    from penstock_builder.planned import PlanReport

__all__ = ("plan",)


@command()
@manifest_options
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--graph", type=click.Choice(["mermaid", "svg"]), help="Print the dependency closure instead.")
def plan(config: Path, output_path: Path | None, graph: str | None, *, as_json: bool) -> None:
    """Show what would be built, from where, and why.

    Changes nothing and needs no network.
    """
    from penstock_builder.planning import planned  # noqa: PLC0415 - costs more than the command line
    from penstock_builder.steps import current_lock  # noqa: PLC0415

    if graph and as_json:
        raise click.UsageError("--graph and --json are two answers: ask for one")
    workspace = opened(config, output_path)
    lock = current_lock(workspace)
    if graph:
        from penstock_builder.graph import make_graph, mermaid  # noqa: PLC0415
        from penstock_builder.svg import svg  # noqa: PLC0415

        made = make_graph(workspace.loaded, workspace.resolution, lock)
        click.echo(svg(made) if graph == "svg" else mermaid(made), nl=False)
        return
    report = planned(workspace, lock)
    click.echo(report.model_dump_json(indent=2) if as_json else _told(report), nl=as_json)


def _told(report: PlanReport) -> str:
    dist = report.distribution
    lines = [
        f"{dist.name} {dist.version}, Python {dist.requires_python}, embeds {dist.embed}, in {dist.output}"
    ]
    lines += [f"{one.key} comes from the {one.origin}" for one in report.overrides]
    lines += [f"the subcommand {one.name} comes with {one.project}" for one in report.commands]
    rows = [("KIND", "NAME", "PROJECT", "VERSION", "FROM", "WHY")]
    rows += [(one.kind, one.name, one.project, one.version, one.source, one.why) for one in report.components]
    text = "".join(f"{line}\n" for line in (*lines, "")) + table(rows)
    projects = [("PROJECT", "VERSION", "FROM", "WHY")]
    projects += [(one.name, one.version, one.source, one.why) for one in report.projects]
    text += f"\n{table(projects)}"
    notes = (*(f"forced: {one}" for one in report.forced), *(f"lock: {one}" for one in report.lock))
    return text + "".join(f"\n{note}" for note in notes) + ("\n" if notes else "")
