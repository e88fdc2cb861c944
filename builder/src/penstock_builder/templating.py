"""Finds the templates: in the installed package, or in the checkout next to an editable one."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from penstock_builder.errors import BuildError

__all__ = ("SUFFIX", "Templates", "find_templates", "read_templates", "read_texts")

SUFFIX = ".j2"
_SCAFFOLDS = ("component/", "repository/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """Template name -> text; the name is the path below `templates/`."""

    texts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Changes when a template of distributions does; scaffolds are rendered once and then the user's."""
        digest = hashlib.sha256()
        for name, text in sorted(self.texts.items()):
            if not name.startswith(_SCAFFOLDS):
                digest.update(f"{name}\0{len(text)}\0{text}".encode())
        return f"sha256:{digest.hexdigest()}"


def find_templates() -> Traversable:
    """The folder itself; raises `BuildError` when the installation is incomplete."""
    installed = files("penstock_builder") / "templates"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).parents[3] / "templates"
    if checkout.is_dir():
        return checkout
    raise BuildError("this installation of penstock-builder has no templates", "install it again")


def read_templates(folder: Traversable | None = None) -> Templates:
    """Read every template below `folder`, by default the ones that belong to this builder."""
    return Templates(texts=MappingProxyType(dict(sorted(read_texts(folder or find_templates())))))


def read_texts(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every template below `folder`, with its path."""
    for item in folder.iterdir():
        if item.is_dir():
            yield from read_texts(item, f"{prefix}{item.name}/")
        elif item.name.endswith(SUFFIX):
            yield f"{prefix}{item.name}", item.read_text(encoding="utf-8")
