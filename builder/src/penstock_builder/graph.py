"""The dependency closure of a distribution as a graph, and as Mermaid text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder.load import Loaded
from penstock_builder.lock import Lock
from penstock_builder.origins import lines_of
from penstock_builder.resolve import Resolution

__all__ = ("COLOURS", "Graph", "Node", "make_graph", "mermaid")

COLOURS = {"distribution": "#ffd8a8", "component": "#d0ebff", "local": "#d3f9d8", "pin": "#f1f3f5"}
"""Kind of node -> the colour of its box."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Node:
    """A project; `kind` is distribution, component, local or pin."""

    name: str
    version: str
    kind: str

    @property
    def label(self) -> str:
        """What is written into its box."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Nodes by name, and edges from whoever requires to what is required; both sorted."""

    root: str
    nodes: Mapping[str, Node]
    edges: tuple[tuple[str, str], ...]


def make_graph(loaded: Loaded, resolution: Resolution, lock: Lock | None) -> Graph:
    """Everything that is in the distribution; without a lock, third-party projects have no version."""
    root = loaded.manifest.dist.name
    components = {name for name, _ in lines_of(loaded)}
    nodes: dict[str, Node] = {
        root: Node(name=root, version=loaded.manifest.dist.version, kind="distribution")
    }
    for project in resolution.local:
        kind = "component" if project.name in components else "local"
        nodes[project.name] = Node(name=project.name, version=project.version, kind=kind)
    for pin in lock.pins if lock else ():
        name = canonicalize_name(pin.name)
        kind = "component" if name in components else "pin"
        nodes.setdefault(name, Node(name=name, version=pin.version, kind=kind))
    edges: set[tuple[str, str]] = {*((root, name) for name in components), *_edges(root, resolution, lock)}
    for _, child in edges:
        nodes.setdefault(child, Node(name=child, version="", kind="pin"))
    kept = sorted(edge for edge in edges if edge[0] in nodes and edge[0] != edge[1])
    return Graph(root=root, nodes=dict(sorted(nodes.items())), edges=tuple(kept))


def _edges(root: str, resolution: Resolution, lock: Lock | None) -> Iterator[tuple[str, str]]:
    local = {project.name for project in resolution.local}
    for project in resolution.local:
        names = {canonicalize_name(one.name) for one in project.dependencies}
        yield from ((project.name, name) for name in names & local)
    for want in resolution.wants:
        yield want.by or root, canonicalize_name(Requirement(want.requirement).name)
    for pin in lock.pins if lock else ():
        yield from ((parent, canonicalize_name(pin.name)) for parent in pin.via)


def mermaid(graph: Graph) -> str:
    """A flow chart that documentation sites draw."""
    ids = {name: f"n{number}" for number, name in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    lines += [f'  {ids[name]}["{_quoted(node.label)}"]:::{node.kind}' for name, node in graph.nodes.items()]
    lines += [f"  {ids[parent]} --> {ids[child]}" for parent, child in graph.edges]
    lines += [f"  classDef {kind} fill:{colour},stroke:#495057" for kind, colour in COLOURS.items()]
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;")
