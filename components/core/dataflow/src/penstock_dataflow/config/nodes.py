"""Reads `nodes`: what stands in a pipeline, each under an id of its own."""

from collections.abc import Mapping
from typing import Any, Final  # Any: values that are not checked yet

from penstock_api import Kind
from penstock_api.yaml import Path
from penstock_dataflow.config.extensions import read_bindings
from penstock_dataflow.config.families import NodeTelemetry
from penstock_dataflow.config.policies import NO_HEADERS, read_family
from penstock_dataflow.config.reader import Reader
from penstock_dataflow.config.selector import is_name
from penstock_dataflow.config.types import NodeConfig
from penstock_dataflow.urn import NodeUrn, UrnError

__all__ = ("Nodes", "read_nodes")

Nodes = Mapping[str, NodeConfig | None]
"""Every node that the file names; None for one that is too wrong to say more of it."""

_KEYS: Final = (
    "capabilities",
    "config",
    "default_output",
    "description",
    "outputs",
    "policies",
    "type",
)
_REFUSED: Final = {
    "header_capture": NO_HEADERS,
    "header_propagation": NO_HEADERS,
    "entity": "metrics of a node carry its pipeline and its id: remove it",
    "rate_limiters": "bind a quota with `capabilities: {rate_limiter: <extension>}`",
}


def read_nodes(reader: Reader, value: Any, path: Path) -> Nodes:
    """The entries of the mapping `value`, which stands at `path`."""
    return {
        name: _node(reader, name, one, (*path, name)) for name, one in reader.entries(value, path).items()
    }


def _node(reader: Reader, name: str, value: Any, path: Path) -> NodeConfig | None:
    if not is_name(name):
        reader.problem(path, f"a node id has no spaces, brackets or quotes: {name}")
    found = reader.mapping(value, path, known=_KEYS, refused=_REFUSED)
    urn = _urn(reader, found, path)
    outputs = _outputs(reader, found, path)
    default = _default_output(reader, found, outputs, path)
    description = reader.description(found, path)
    bindings = read_bindings(reader, found.get("capabilities"), (*path, "capabilities"))
    item_counts = _item_counts(reader, found, path)
    if urn is None:
        return None
    if urn.kind is Kind.EXPORTER:
        for key in ("outputs", "default_output"):
            if found.get(key):
                reader.problem((*path, key), "an exporter has no outputs", "remove it")
    return NodeConfig(
        id=name,
        urn=urn,
        path=path,
        description=description,
        config=found.get("config"),
        outputs=outputs,
        default_output=default,
        capabilities=bindings,
        item_counts=item_counts,
    )


def _item_counts(reader: Reader, found: Mapping[str, Any], path: Path) -> bool:
    below = (*path, "policies")
    policies = reader.mapping(found.get("policies"), below, known=("telemetry",))
    where = (*below, "telemetry")
    telemetry = read_family(reader, NodeTelemetry, policies.get("telemetry"), where)
    return telemetry is not None and telemetry.item_counts


def _urn(reader: Reader, found: Mapping[str, Any], path: Path) -> NodeUrn | None:
    if "type" not in found:
        reader.problem((*path, "type"), "required key is missing", "for example `type: receiver:otlp`")
        return None
    text = reader.text(found["type"], (*path, "type"))
    if text is None:
        return None
    try:
        return NodeUrn.parse(text)
    except UrnError as error:
        reader.problem((*path, "type"), error.what, error.hint)
        return None


def _outputs(reader: Reader, found: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    read: list[str] = []
    for where, value in reader.items(found.get("outputs"), (*path, "outputs")):
        port = reader.text(value, where)
        if port is None:
            continue
        if not is_name(port):
            reader.problem(where, f"the name of an output has no spaces, brackets or quotes: {port}")
        elif port in read:
            reader.problem(where, f"listed twice: {port}")
        read.append(port)
    return tuple(read)


def _default_output(
    reader: Reader, found: Mapping[str, Any], outputs: tuple[str, ...], path: Path
) -> str | None:
    if found.get("default_output") is None:
        return None
    where = (*path, "default_output")
    port = reader.text(found["default_output"], where)
    if port is not None and outputs and port not in outputs:
        reader.problem(where, f"not one of `outputs`: {port}", f"outputs are {', '.join(outputs)}")
    return port
