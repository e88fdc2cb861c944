"""A component project that passes the contract as it is generated."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from penstock_builder import __version__, uv, words
from penstock_builder.errors import ScaffoldError
from penstock_builder.kinds import KINDS
from penstock_builder.render import FileTree, render_folder
from penstock_builder.scaffold.files import create
from penstock_builder.templating import read_templates

__all__ = ("MADE", "New", "component_tree", "make_component")

MADE = tuple(kind for kind in KINDS.values() if kind != "converter")
"""The kinds of which a project can be made."""

_SCHEME = re.compile(r"[a-z][a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """The one fact that names everything: kind and name."""

    kind: str
    name: str

    @property
    def project(self) -> str:
        """The project's name."""
        return canonicalize_name(f"penstock-{self.kind}-{self.name}")

    @property
    def package(self) -> str:
        """The name to import."""
        return f"penstock_{self.kind}_{self.name}"

    @property
    def title(self) -> str:
        """What its classes are called: `memory_limiter` -> `MemoryLimiter`."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def description(self) -> str:
        """One line, to be replaced by the author."""
        return f"The {self.kind} {self.name}: say here in one line what it does."

    @property
    def requires(self) -> str:
        """The api that it is written for."""
        return f"penstock-api=={__version__}"

    @property
    def uv(self) -> str:
        """The version of its build backend, which is the uv that this builder runs."""
        return uv.REQUIRED

    @property
    def folder(self) -> PurePosixPath:
        """Where it stands in a repository."""
        return PurePosixPath("components", self.kind, self.name)

    @property
    def lines(self) -> str:
        """What to paste below the section of a manifest."""
        return f"- package: {self.project} == 0.1.0\n  path: {self.folder}"


def component_tree(new: New) -> FileTree:
    """The files of the project. Raises `ScaffoldError` for a name that cannot be one."""
    try:
        words.component_id(new.name)
    except words.WordError as error:
        raise ScaffoldError(f"NAME: {error.what}", error.hint) from error
    if new.kind == "provider" and not _SCHEME.fullmatch(new.name):
        raise ScaffoldError(f"is no scheme of a provider: {new.name}", "use two or more letters and digits")
    templates = read_templates()
    names = {"name": new.name, "package": new.package}
    common = render_folder(templates, "component/common", names, {"new": new})
    return {**common, **render_folder(templates, f"component/{new.kind}", names, {"new": new})}


def make_component(new: New, root: Path) -> Path:
    """Write the project below `root`, whole or not at all. Raises `ScaffoldError` if there is something."""
    folder = root.joinpath(*new.folder.parts)
    tree = component_tree(new)
    if folder.exists():
        raise ScaffoldError(f"is there already: {folder}", "choose another name")
    create(tree, folder)
    return folder
