"""Checks that connected outputs are outputs that the node's component sends to."""

from collections.abc import Mapping
from typing import Any  # Any: factories are invariant in their config type

from penstock_api import Config, RouterFactory
from penstock_api.yaml import Path
from penstock_dataflow.config import NodeConfig, PipelineConfig, Reader, connected_ports

__all__ = ("check_ports",)


def check_ports(
    reader: Reader, pipeline: PipelineConfig, node: NodeConfig, factory: object, config: Config
) -> None:
    """Refuse connections from outputs of `node` to which its component, with `config`, never sends."""
    ports = connected_ports(pipeline.connections).get(node.id, {})
    if isinstance(factory, RouterFactory):
        _check_router(reader, node, factory, config, ports)
    elif ports:
        _check_single(reader, node, ports)


def _check_router(
    reader: Reader, node: NodeConfig, factory: RouterFactory[Any], config: Config, ports: Mapping[str, Path]
) -> None:
    if node.default_output is not None:
        what = f"{node.urn.short} chooses the output of each batch by itself: {node.default_output}"
        reader.problem((*node.path, "default_output"), what, "remove it")
    known = factory.outputs(config)
    for port, path in ports.items():
        if known is not None and port not in known:
            hint = f"outputs of {node.id} are {', '.join(known)}" if known else "with its config it has none"
            reader.problem((*path, "from"), f"{node.id} has no such output: {port}", hint)


def _check_single(reader: Reader, node: NodeConfig, ports: Mapping[str, Path]) -> None:
    names = ", ".join(ports)
    if node.default_output is None:
        if len(ports) > 1:
            what = f"several outputs are connected and none is the default: {names}"
            hint = f"{node.urn.short} sends to one output: name it in `default_output`"
            reader.problem(node.path, what, hint)
        return
    if node.default_output not in ports:
        where = (*node.path, "default_output")
        reader.problem(where, f"not connected: {node.default_output}", f"connected: {names}")
    for port, path in ports.items():
        if port != node.default_output:
            what = f"{node.id} never sends to this output: {port}"
            reader.problem((*path, "from"), what, f"all it sends goes to `{node.default_output}`")
