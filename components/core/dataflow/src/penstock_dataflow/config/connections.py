"""Reads `connections`: which output leads to which nodes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias  # Any: values that are not checked yet

from penstock_api import Kind
from penstock_api.yaml import Path
from penstock_dataflow.config.nodes import Nodes
from penstock_dataflow.config.reader import Reader, nearest
from penstock_dataflow.config.selector import parse_selector
from penstock_dataflow.config.types import Connection, Dispatch, Port

__all__ = ("read_connections",)

_KEYS: Final = ("from", "policies", "to")
_Seen: TypeAlias = dict[Port, set[str]]


def read_connections(reader: Reader, value: Any, path: Path, nodes: Nodes) -> tuple[Connection, ...]:
    """The elements of the list `value`, which stands at `path`. Ends that are wrong are left out."""
    seen: _Seen = {}
    read = (_connection(reader, one, where, nodes, seen) for where, one in reader.items(value, path))
    return tuple(one for one in read if one.sources and one.targets)


def _connection(reader: Reader, value: Any, path: Path, nodes: Nodes, seen: _Seen) -> Connection:
    found = reader.mapping(value, path, known=_KEYS)
    sources: list[Port] = []
    for where, text in _ends(reader, found, path, "from"):
        port = _source(reader, text, where, nodes)
        if port is None:
            continue
        if port in sources:
            reader.problem(where, f"listed twice: {port}")
        else:
            sources.append(port)
    targets: list[str] = []
    for where, text in _ends(reader, found, path, "to"):
        if text in targets:
            reader.problem(where, f"listed twice: {text}")
        elif _is_target(reader, text, where, nodes):
            targets.append(text)
    _check_repeated(reader, sources, targets, (*path, "to"), seen)
    dispatch = _dispatch(reader, found, path)
    return Connection(sources=tuple(sources), targets=tuple(targets), path=path, dispatch=dispatch)


def _check_repeated(
    reader: Reader, sources: list[Port], targets: list[str], where: Path, seen: _Seen
) -> None:
    """Refuse a way from an output to a node that another connection has."""
    for port in sources:
        before = seen.setdefault(port, set())
        for target in targets:
            if target in before:
                what = f"another connection leads from {port} to this node already: {target}"
                reader.problem(where, what, "it would get each batch twice: remove one")
        before.update(targets)


def _ends(reader: Reader, found: Mapping[str, Any], path: Path, key: str) -> Iterator[tuple[Path, str]]:
    where = (*path, key)
    if key not in found:
        reader.problem(where, "required key is missing", "a connection has `from` and `to`")
    elif found[key] is None or found[key] == []:
        reader.problem(where, "names no node")
    else:
        yield from reader.texts(found[key], where)


def _source(reader: Reader, text: str, where: Path, nodes: Nodes) -> Port | None:
    try:
        port = parse_selector(text)
    except ValueError as error:
        reader.problem(where, str(error), 'write `node` or `node["output"]`')
        return None
    if port.node not in nodes:
        reader.problem(where, f"no such node: {port.node}", nearest(port.node, nodes))
        return None
    node = nodes[port.node]
    if node is None:
        return port
    if node.urn.kind is Kind.EXPORTER:
        reader.problem(where, f"an exporter sends to no other node: {port.node}")
        return None
    if node.outputs and port.port not in node.outputs:
        what = f"output is not declared: {port}"
        reader.problem(where, what, f"`outputs` of {node.id} are {', '.join(node.outputs)}")
        return None
    return port


def _is_target(reader: Reader, text: str, where: Path, nodes: Nodes) -> bool:
    if text not in nodes:
        hint = "a destination is a node, without an output" if "[" in text else nearest(text, nodes)
        reader.problem(where, f"no such node: {text}", hint)
        return False
    node = nodes[text]
    if node is not None and node.urn.kind is Kind.RECEIVER:
        reader.problem(where, f"a receiver takes nothing from other nodes: {text}")
        return False
    return True


def _dispatch(reader: Reader, found: Mapping[str, Any], path: Path) -> Dispatch:
    below = (*path, "policies")
    policies = reader.mapping(found.get("policies"), below, known=("dispatch",))
    if "dispatch" not in policies:
        return Dispatch.ONE_OF
    text = reader.text(policies["dispatch"], (*below, "dispatch"))
    if text is None or text in tuple(Dispatch):
        return Dispatch(text or Dispatch.ONE_OF)
    reader.problem((*below, "dispatch"), f"expected {' or '.join(Dispatch)}: {text}")
    return Dispatch.ONE_OF
