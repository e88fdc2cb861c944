"""The stages, joined: what each command of the builder does, without its words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from penstock_builder import __version__
from penstock_builder.check import Report, check
from penstock_builder.errors import DriftError, LockError, ResolutionError, ToolError
from penstock_builder.events import step, timed
from penstock_builder.load import Loaded, load
from penstock_builder.lock import FILE, Lock, parse, staleness
from penstock_builder.oddities import require_use
from penstock_builder.origins import Origins
from penstock_builder.output import read_files
from penstock_builder.plan import Plan
from penstock_builder.planner import make_plan
from penstock_builder.policy import obeyed
from penstock_builder.reading import Reading
from penstock_builder.render import FileTree, render
from penstock_builder.replaced import completed
from penstock_builder.replacing import expired
from penstock_builder.resolve import Resolution, resolve
from penstock_builder.strictness import version_problems
from penstock_builder.templating import Templates, read_templates
from penstock_builder.write import Written, alone, replace_file, write

if TYPE_CHECKING:
    from penstock_builder.relock import Upgrade
    from penstock_builder.request import Built
    from penstock_builder.wanted import Wanted

__all__ = (
    "Workspace",
    "build_distribution",
    "check_distribution",
    "current_lock",
    "fresh_lock",
    "generate",
    "lock_distribution",
    "lock_reasons",
    "open_workspace",
)

_LOCK = PurePosixPath(FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A manifest, resolved, and the folder its distribution lives in."""

    loaded: Loaded
    resolution: Resolution
    output: Path


@timed("read")
def open_workspace(file: Path, output: Path | None = None, *, how: Reading | None = None) -> Workspace:
    """Load and resolve; raises `ManifestError` or `ResolutionError`."""
    _require_this_builder(how.builder if how else "", "--builder-version")
    loaded = load(file, how)
    _require_this_builder(loaded.manifest.versions.builder or "", str(loaded.file))
    loaded = obeyed(loaded)
    return Workspace(loaded=loaded, resolution=resolve(loaded), output=output or loaded.output)


def _require_this_builder(wanted: str, where: str) -> None:
    if wanted and not SpecifierSet(wanted).contains(__version__, prereleases=True):
        what = f"{where}: needs another builder: {wanted}; this is penstock {__version__}"
        raise ToolError(what, f"install penstock-builder {wanted}")


def lock_distribution(workspace: Workspace, upgrade: Upgrade | None = None, *, offline: bool = False) -> bool:
    """Write the lock anew; say whether it changed."""
    with alone(workspace.output):
        return _locked(workspace, upgrade, offline=offline)


@timed("lock")
def _locked(workspace: Workspace, upgrade: Upgrade | None = None, *, offline: bool) -> bool:
    from penstock_builder.relock import relock  # noqa: PLC0415 - `check` does without it, and must be quick

    previous = current_lock(workspace)
    text = relock(
        workspace.resolution,
        manifest=workspace.loaded.file.name,
        previous=previous,
        upgrade=upgrade,
        origin=Origins(workspace.loaded, workspace.resolution),
        offline=offline,
    )
    _require_versions(workspace, parse(text))
    require_use(workspace.loaded, parse(text))
    changed = previous is None or text != previous.text
    if changed:
        replace_file(workspace.output, _LOCK, text)
    return changed


def lock_reasons(workspace: Workspace) -> tuple[str, ...]:
    """Why the lock does not fit; empty if it does."""
    return staleness(current_lock(workspace), workspace.resolution)


def fresh_lock(workspace: Workspace) -> Lock:
    """The lock, if it fits; raises `LockError` otherwise."""
    lock = current_lock(workspace)
    reasons = staleness(lock, workspace.resolution)
    if lock is None or reasons:
        raise LockError("\n".join(f"{workspace.output / FILE}: {reason}" for reason in reasons))
    return lock


def generate(
    workspace: Workspace,
    *,
    accept_loss: bool = False,
    force: bool = False,
    locked: bool = False,
    offline: bool = False,
) -> Written:
    """Render and write; a lock that does not fit is made anew first, unless `locked` forbids it."""
    if locked:
        fresh_lock(workspace)
    with alone(workspace.output):
        if staleness(current_lock(workspace), workspace.resolution):
            _locked(workspace, offline=offline)
        with step("render"):
            _, tree = _rendered(workspace, fresh_lock(workspace))
        inputs = _inside(workspace.loaded.file, workspace.output)
        return write(tree, workspace.output, accept_loss=accept_loss, force=force, inputs=inputs)


def _inside(file: Path, folder: Path) -> tuple[PurePosixPath, ...]:
    """Where the manifest is in the output folder, if it lives there."""
    path, root = file.resolve(), folder.resolve()
    return (PurePosixPath(path.relative_to(root).as_posix()),) if path.is_relative_to(root) else ()


def check_distribution(workspace: Workspace) -> Report:
    """Compare; a lock that does not fit is a finding, and the rest is compared as far as it goes."""
    lock = current_lock(workspace)
    notes = tuple(f"{FILE}: {reason}" for reason in staleness(lock, workspace.resolution))
    today = date.today()  # noqa: DTZ011 - the day where the user is
    notes += expired(workspace.loaded.manifest, workspace.loaded.document, today)
    if lock is None:
        return Report(differences=(), notes=notes)
    try:
        _, tree = _rendered(workspace, lock)
    except LockError as error:
        return Report(differences=(), notes=(*notes, error.what))
    found = check(tree, workspace.output)
    return replace(found, notes=(*notes, *found.notes))


@timed("build")
def build_distribution(
    workspace: Workspace,
    folder: Path,
    wanted: Wanted,
) -> Built:
    """Build from a lock and an output that are current; raises `LockError` or `DriftError` otherwise."""
    from penstock_builder.assembly import assemble  # noqa: PLC0415 - `check` does without it
    from penstock_builder.request import Request  # noqa: PLC0415
    from penstock_builder.sbom import FILE as SBOM  # noqa: PLC0415
    from penstock_builder.trial import make_trial  # noqa: PLC0415

    lock = fresh_lock(workspace)
    plan, tree = _rendered(workspace, lock)
    _require_current(tree, workspace.output)
    manifest = workspace.loaded.manifest
    resolution = completed(workspace.resolution, lock)
    request = Request(
        plan=plan,
        tree=render(replace(plan, sboms=(SBOM,)), _templates(workspace)),
        resolution=resolution,
        lock=lock,
        outputs=wanted.outputs or manifest.outputs,
        platforms=manifest.platforms,
        policy=manifest.policy,
        allow_native=manifest.dist.allow_native,
        offline=wanted.offline,
        base=wanted.base,
        key=wanted.key,
        again=wanted.boot or wanted.rebuild,
        trial=make_trial(plan, tree, resolution, boot=wanted.boot, offline=wanted.offline),
    )
    return assemble(request, folder)


def _require_current(tree: FileTree, output: Path) -> None:
    report = check(tree, output)
    if not report.current:
        names = ", ".join([*(str(one.path) for one in report.differences), *report.notes])
        raise DriftError(f"{output}: is not what the manifest gives: {names}", edited=report.edited)


def _require_versions(workspace: Workspace, lock: Lock) -> None:
    resolution = completed(workspace.resolution, lock)
    problems = tuple(version_problems(workspace.loaded, resolution, lock))
    if problems:
        raise ResolutionError(problems)


def _rendered(workspace: Workspace, lock: Lock) -> tuple[Plan, FileTree]:
    _require_versions(workspace, lock)
    require_use(workspace.loaded, lock)
    plan = make_plan(workspace.loaded, completed(workspace.resolution, lock), lock)
    return plan, render(plan, _templates(workspace))


def _templates(workspace: Workspace) -> Templates:
    """The builder's own, with the blocks that the manifest's fill."""
    if workspace.loaded.manifest.dist.templates is None:
        return read_templates()
    from penstock_builder.custom import templates_of  # noqa: PLC0415 - seldom needed

    return templates_of(workspace.loaded)


def current_lock(workspace: Workspace) -> Lock | None:
    """The lock as it is, whether it fits or not."""
    data = read_files(workspace.output, [_LOCK]).get(_LOCK)
    return (
        None if data is None else parse(data.decode("utf-8", errors="replace"), str(workspace.output / FILE))
    )
