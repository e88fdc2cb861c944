"""Draws a graph in layers, left to right: the same graph gives the same picture, byte for byte."""

import html
from collections.abc import Mapping, Sequence

from penstock_builder.graph import COLOURS, Graph

__all__ = ("layers", "svg")

_HEIGHT, _ROW, _GAP, _MARGIN, _CHARACTER = 24, 34, 90, 20, 7


def svg(graph: Graph) -> str:
    """The picture, as a file of its own."""
    columns = layers(graph)
    widths = [max(len(graph.nodes[name].label) for name in names) * _CHARACTER + 16 for names in columns]
    lefts = [_MARGIN + sum(widths[:at]) + _GAP * at for at in range(len(columns))]
    tallest = max(len(names) for names in columns) * _ROW
    boxes = {
        name: (lefts[at], _MARGIN + (tallest - len(names) * _ROW) // 2 + row * _ROW, widths[at])
        for at, names in enumerate(columns)
        for row, name in enumerate(names)
    }
    width, height = lefts[-1] + widths[-1] + _MARGIN, tallest + 2 * _MARGIN
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    head += f'viewBox="0 0 {width} {height}" font-family="monospace" font-size="11">'
    lines = [head, f"<title>{html.escape(graph.root)}: dependencies</title>"]
    lines += [_edge(boxes[parent], boxes[child]) for parent, child in graph.edges]
    lines += [_box(boxes[name], node.label, COLOURS[node.kind]) for name, node in graph.nodes.items()]
    return "".join(f"{line}\n" for line in (*lines, "</svg>"))


def layers(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Every node one column right of the furthest that requires it; near to its neighbours in the column."""
    depth = _depths(graph)
    columns: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in graph.nodes:
        columns[depth[name]].append(name)
    parents: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for parent, child in graph.edges:
        parents[child].append(parent)
    placed: dict[str, int] = {}
    for column in columns:
        column.sort(key=lambda name: (_middle(parents[name], placed), name))
        placed |= {name: row for row, name in enumerate(column)}
    return tuple(tuple(column) for column in columns)


def _middle(parents: Sequence[str], placed: Mapping[str, int]) -> float:
    rows = [placed[name] for name in parents if name in placed]
    return sum(rows) / len(rows) if rows else 0.0


def _depths(graph: Graph) -> dict[str, int]:
    """The longest way from the root; an edge that closes a circle does not count."""
    children: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for parent, child in graph.edges:
        children[parent].append(child)
    order, backwards = _ordered(graph, children)
    depth = dict.fromkeys(graph.nodes, 0)
    for name in order:
        for child in children[name]:
            if (name, child) not in backwards:
                depth[child] = max(depth[child], depth[name] + 1)
    return depth


def _ordered(graph: Graph, children: Mapping[str, Sequence[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Every node before what it requires, and the edges that make that impossible."""
    left: list[str] = []
    open_: set[str] = set()
    backwards: set[tuple[str, str]] = set()

    def visit(name: str) -> None:
        open_.add(name)
        for child in children[name]:
            if child in open_:
                backwards.add((name, child))
            elif child not in left:
                visit(child)
        open_.remove(name)
        left.append(name)

    for name in (graph.root, *graph.nodes):
        if name not in left:
            visit(name)
    return left[::-1], backwards


def _edge(start: tuple[int, int, int], end: tuple[int, int, int]) -> str:
    left, top, width = start
    x1, y1, x2, y2 = left + width, top + _HEIGHT // 2, end[0], end[1] + _HEIGHT // 2
    bend = _GAP // 2
    line = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return f'<path d="{line}" fill="none" stroke="#adb5bd"/>'


def _box(place: tuple[int, int, int], label: str, colour: str) -> str:
    left, top, width = place
    box = f'<rect x="{left}" y="{top}" width="{width}" height="{_HEIGHT}" rx="4"'
    text = f'<text x="{left + 8}" y="{top + 16}">{html.escape(label)}</text>'
    return f'{box} fill="{colour}" stroke="#495057"/>{text}'
