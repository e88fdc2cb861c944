"""Checks one distribution or many: every one is looked at, whatever is wrong with the others."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from penstock_builder.check import Report
from penstock_builder.difference import Difference
from penstock_builder.errors import BuilderError
from penstock_builder.problems import Problem
from penstock_builder.reading import Reading
from penstock_builder.roots import SHARED
from penstock_builder.steps import Workspace, check_distribution, open_workspace

__all__ = ("Finding", "check_all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with the distribution of one manifest; `error` when it could not be rendered at all."""

    manifest: Path
    output: Path
    report: Report
    warnings: tuple[Problem, ...] = ()
    synced: bool = False
    """It is the file of shared replacements, and what is wrong is what it should have been written into."""
    error: BuilderError | None = None

    @property
    def current(self) -> bool:
        """Whether nothing was found."""
        return self.error is None and self.report.current


def check_all(
    manifests: Sequence[Path], output: Path | None = None, *, how: Reading | None = None
) -> tuple[Finding, ...]:
    """Check each of `manifests`, in their order, and what must hold between them."""
    found: list[Finding] = []
    workspaces: list[Workspace] = []
    for file in manifests:
        try:
            workspace = open_workspace(file, output, how=how)
            report = check_distribution(workspace)
        except BuilderError as error:
            nothing = Report(differences=(), notes=())
            found.append(Finding(manifest=file, output=output or file.parent, report=nothing, error=error))
        else:
            workspaces.append(workspace)
            found.append(
                Finding(
                    manifest=file, output=workspace.output, report=report, warnings=workspace.loaded.warnings
                )
            )
    shared = _between(workspaces)
    noted = (_noted(one, shared.get(one.manifest, ())) for one in found)
    return (*noted, *_unsynced(manifests))


def _unsynced(manifests: Sequence[Path]) -> Iterator[Finding]:
    """The shared replacements of the repositories around the manifests, if they are not where they belong."""
    files = [next(_shared_above(file), None) for file in manifests]
    for file in dict.fromkeys(one for one in files if one):
        from penstock_builder.sharing import read_shared  # noqa: PLC0415 - most repositories have none
        from penstock_builder.syncer import changes  # noqa: PLC0415

        nothing = Report(differences=(), notes=())
        try:
            found = changes(read_shared(file))
        except BuilderError as error:
            yield Finding(manifest=file, output=file.parent, report=nothing, error=error, synced=True)
            continue
        differences = tuple(
            Difference(path=_within(one.path, file.parent), kind="changed", diff=one.diff) for one in found
        )
        if differences:
            report = Report(differences=differences, notes=())
            yield Finding(manifest=file, output=file.parent, report=report, synced=True)


def _shared_above(manifest: Path) -> Iterator[Path]:
    """The shared replacements nearest to a manifest, spelt as the manifest is."""
    folder = manifest.parent
    for depth in range(len(folder.resolve().parts)):
        here = Path(os.path.normpath(folder.joinpath(*[".."] * depth)))
        if (here / SHARED).is_file():
            yield here / SHARED
        if (here / ".git").exists():  # what is above is another repository's
            return


def _within(path: Path, folder: Path) -> PurePosixPath:
    return PurePosixPath(Path(os.path.relpath(path, folder)).as_posix())


def _noted(finding: Finding, notes: tuple[str, ...]) -> Finding:
    report = finding.report
    return replace(finding, report=replace(report, notes=(*report.notes, *notes)))


def _between(workspaces: Sequence[Workspace]) -> dict[Path, tuple[str, ...]]:
    folders: dict[Path, Path] = {}
    wanted = next((one for one in workspaces if one.loaded.manifest.versions.same), None)
    return {one.loaded.file: (*_crowded(one, folders), *_out_of_step(one, wanted)) for one in workspaces}


def _crowded(workspace: Workspace, folders: dict[Path, Path]) -> Iterator[str]:
    """Two distributions must not share a folder: each would undo the other."""
    file = workspace.loaded.file
    earlier = folders.setdefault(workspace.output.resolve(), file)
    if earlier != file:
        yield f": is the folder of another distribution too: {earlier}"


def _out_of_step(workspace: Workspace, wanted: Workspace | None) -> Iterator[str]:
    if wanted is None:
        return
    version, others = workspace.loaded.manifest.dist.version, wanted.loaded.manifest.dist.version
    if version != others:
        yield f": dist.version is {version}, but {wanted.loaded.file} says that all have: {others}"
