"""What every output is made from: the built wheel, the lock, the rendered files and the machine it is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from penstock_builder.errors import BuildError
from penstock_builder.lock import Lock
from penstock_builder.outputs.target import Target
from penstock_builder.plan import Plan
from penstock_builder.render import FileTree
from penstock_builder.resolve import Resolution

__all__ = ("Job",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One output for one target; everything is made in `scratch`, which belongs to this job alone.

    `packages` are the third-party packages of the lock, installed, for the outputs that need them.
    """

    plan: Plan
    tree: FileTree
    lock: Lock
    resolution: Resolution
    project: Path
    packages: Path
    wheel: Path
    notices: str
    scratch: Path
    target: Target
    time: int
    offline: bool = False
    base: Path | None = None

    @property
    def authors(self) -> tuple[Mapping[str, str], ...]:
        """Whom the manifest names, each with a name and perhaps an email."""
        found = dict(self.plan.metadata).get("authors", ())
        return found if isinstance(found, tuple) else ()

    def rendered(self, path: str) -> bytes:
        """A rendered file's bytes; raises `BuildError` for one that the templates do not give."""
        try:
            return self.tree[PurePosixPath(path)].encode()
        except KeyError:
            raise BuildError(f"the templates render no file of this name: {path}") from None
