"""Where in the manifest a project comes from, and through which other projects."""

from collections import deque
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from penstock_builder.lines import lines
from penstock_builder.load import Loaded
from penstock_builder.problems import KeyPath
from penstock_builder.resolve import Resolution

__all__ = ("Origins", "lines_of")


def lines_of(loaded: Loaded) -> Iterator[tuple[str, KeyPath]]:
    """Every project that the manifest itself names, with its place."""
    yield from ((component.project, where) for where, component in lines(loaded.manifest))


class Origins:
    """Answers for one manifest."""

    def __init__(self, loaded: Loaded, resolution: Resolution) -> None:
        self._loaded = loaded
        self._places: dict[str, KeyPath] = {}
        for project, place in lines_of(loaded):
            self._places.setdefault(project, place)
        self._parents = dict(_parents(self._places, resolution))

    def __call__(self, project: str) -> str:
        """`builder-manifest.yaml:12: penstock-receiver-otlp -> penstock-api`."""
        chain = [project]
        while chain[0] in self._parents:
            chain.insert(0, self._parents[chain[0]])
        place = self._places.get(chain[0])
        lead = f"{self._loaded.file}:{self._loaded.document.line(place)}: " if place else ""
        return lead + " -> ".join(chain)


def _parents(places: dict[str, KeyPath], resolution: Resolution) -> Iterator[tuple[str, str]]:
    """The shortest way from the manifest to every project on this machine, as child and parent."""
    local = {project.name: project for project in resolution.local}
    pending = deque(name for name in places if name in local)
    seen = set(places)
    while pending:
        parent = pending.popleft()
        extras = (one for wanted in local[parent].extras.values() for one in wanted)
        for requirement in (*local[parent].dependencies, *extras):
            name = canonicalize_name(requirement.name)
            if name in local and name not in seen:
                seen.add(name)
                pending.append(name)
                yield name, parent
