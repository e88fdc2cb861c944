"""The last stage: the rendered tree and the components, staged and built into one wheel."""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from penstock_builder.embed import embed
from penstock_builder.errors import BuildError
from penstock_builder.lock import Lock
from penstock_builder.plan import Plan
from penstock_builder.render import FileTree
from penstock_builder.resolve import Resolution
from penstock_builder.wheel import build_wheel, epoch

__all__ = ("Artifact", "build")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A finished wheel."""

    path: Path
    sha256: str


def build(
    plan: Plan, tree: FileTree, resolution: Resolution, lock: Lock, *, wheels: Path, offline: bool = False
) -> Artifact:
    """Build the wheel into `wheels`, replacing one of the same name at once; raises `BuildError`."""
    epoch(os.environ.get("SOURCE_DATE_EPOCH"))
    with tempfile.TemporaryDirectory(prefix="penstock-build-") as name:
        project = Path(name) / "project"
        _stage(tree, project)
        if plan.embed == "components":
            embed(resolution, lock, project / "src" / plan.module / "_embedded", offline=offline)
        return _published(build_wheel(project, Path(name) / "wheel"), wheels)


def _stage(tree: FileTree, project: Path) -> None:
    for path, text in tree.items():
        file = project.joinpath(*path.parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def _published(wheel: Path, wheels: Path) -> Artifact:
    final = wheels / wheel.name
    partial = wheels / f".{wheel.name}.partial"
    try:
        wheels.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wheel, partial)
        partial.replace(final)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise BuildError(f"{error.filename or final}: cannot be written: {error.strerror}") from error
    return Artifact(path=final, sha256=hashlib.sha256(final.read_bytes()).hexdigest())
