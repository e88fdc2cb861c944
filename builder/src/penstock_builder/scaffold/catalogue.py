"""The components that this builder knows, and those that are installed beside it."""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, entry_points
from importlib.resources import files

from penstock_builder import __version__
from penstock_builder.kinds import KINDS

__all__ = ("SECTIONS", "Known", "find", "installed", "known", "nearest", "search")

SECTIONS: Mapping[str, str] = {kind: section for section, kind in KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One component: what users call it, and where it comes from."""

    kind: str
    name: str
    project: str
    version: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    stability: Mapping[str, str]

    @property
    def line(self) -> str:
        """What to paste below the section of a manifest."""
        return f"- package: {self.project} == {self.version}"


@cache
def known() -> tuple[Known, ...]:
    """What the catalogue lists: every component of this builder's version."""
    text = files("penstock_builder").joinpath("catalogue.json").read_text(encoding="utf-8")
    return tuple(
        Known(**{**entry, "aliases": tuple(entry["aliases"])}, version=__version__)
        for entry in json.loads(text)
    )


def installed() -> tuple[Known, ...]:
    """What the environment of this builder has, found by entry points; nothing is imported."""
    by_name = {(one.kind, one.name): one for one in known()}
    found = []
    for kind in KINDS.values():
        for point in sorted(entry_points(group=f"penstock.{kind}"), key=lambda point: point.name):
            told = by_name.get((kind, point.name))
            assert point.dist is not None, "an entry point of an environment belongs to a project"
            found.append(
                Known(
                    kind=kind,
                    name=point.name,
                    project=point.dist.name,
                    version=point.dist.version,
                    description=told.description if told else _summary(point.dist),
                    stability=told.stability if told else {},
                )
            )
    return tuple(found)


def search(components: Iterable[Known], query: str) -> tuple[Known, ...]:
    """Those in which every word of `query` occurs: in kind, name, project, description or level."""
    words = query.lower().split()
    return tuple(one for one in components if all(word in _text(one) for word in words))


def find(kind: str, name: str) -> Known | None:
    """The component that users write as `name`, also by an older name."""
    same = [one for one in known() if one.kind == kind]
    return next((one for one in same if one.name == name), None) or next(
        (one for one in same if name in one.aliases), None
    )


def nearest(kind: str, name: str) -> str:
    """A hint that names what was probably meant, or all there is."""
    names = [one.name for one in known() if one.kind == kind]
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known {SECTIONS[kind]} are {', '.join(names)}; for your own, write the manifest line by hand"


def _summary(project: Distribution) -> str:
    about = project.metadata
    return str(about["Summary"]) if "Summary" in about else ""


def _text(one: Known) -> str:
    words = (one.kind, SECTIONS[one.kind], one.name, *one.aliases, one.project, one.description)
    return " ".join((*words, *one.stability.values())).lower()
