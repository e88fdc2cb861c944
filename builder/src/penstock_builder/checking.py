"""Checks one distribution or many: every one is looked at, whatever is wrong with the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from penstock_builder.check import Report
from penstock_builder.errors import BuilderError
from penstock_builder.steps import Workspace, check_distribution, open_workspace

__all__ = ("Finding", "check_all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with the distribution of one manifest; `error` when it could not be rendered at all."""

    manifest: Path
    output: Path
    report: Report
    error: BuilderError | None = None

    @property
    def current(self) -> bool:
        """Whether nothing was found."""
        return self.error is None and self.report.current


def check_all(manifests: Sequence[Path], output: Path | None = None) -> tuple[Finding, ...]:
    """Check each of `manifests`, in their order, and what must hold between them."""
    found: list[Finding] = []
    workspaces: list[Workspace] = []
    for file in manifests:
        try:
            workspace = open_workspace(file, output)
            report = check_distribution(workspace)
        except BuilderError as error:
            nothing = Report(differences=(), notes=())
            found.append(Finding(manifest=file, output=output or file.parent, report=nothing, error=error))
        else:
            workspaces.append(workspace)
            found.append(Finding(manifest=file, output=workspace.output, report=report))
    notes = dict(_between(workspaces))
    return tuple(_noted(one, notes.get(one.manifest, ())) for one in found)


def _noted(finding: Finding, notes: tuple[str, ...]) -> Finding:
    report = finding.report
    return replace(finding, report=replace(report, notes=(*report.notes, *notes)))


def _between(workspaces: Sequence[Workspace]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Two distributions must not share a folder: each would undo the other."""
    first: dict[Path, Path] = {}
    for one in workspaces:
        earlier = first.setdefault(one.output.resolve(), one.loaded.file)
        if earlier != one.loaded.file:
            yield one.loaded.file, (f"is the folder of another distribution too: {earlier}",)
