"""A configuration as a Mermaid flow chart."""

from collections.abc import Iterator

from penstock_api import Kind
from penstock_dataflow.config import Connection, DataflowConfig, Dispatch, NodeConfig, PipelineConfig, Port
from penstock_engine import DEFAULT_PORT

__all__ = ("mermaid",)

_SHAPES = {Kind.RECEIVER: ("([", "])"), Kind.PROCESSOR: ("[", "]"), Kind.EXPORTER: ("[[", "]]")}


def mermaid(config: DataflowConfig) -> str:
    """The text of a chart: a queue between competing destinations is a node of its own."""
    return "\n".join(["flowchart LR", *(line for one in config.pipelines for line in _pipeline(one))]) + "\n"


def _pipeline(pipeline: PipelineConfig) -> Iterator[str]:
    keys = {name: f"n{number}" for number, name in enumerate((*pipeline.nodes, *pipeline.unconnected))}
    yield f'  subgraph p0["{_text(str(pipeline))}"]'
    for name, node in (*pipeline.nodes.items(), *pipeline.unconnected.items()):
        yield f"    {keys[name]}{_shape(node)}"
    for number, connection in enumerate(pipeline.connections):
        yield from (f"    {line}" for line in _connection(connection, keys, f"q{number}"))
    yield "  end"
    if pipeline.unconnected:
        yield "  classDef unconnected stroke-dasharray: 5 5"
        yield f"  class {','.join(keys[name] for name in pipeline.unconnected)} unconnected"


def _shape(node: NodeConfig) -> str:
    opening, closing = _SHAPES[node.urn.kind]
    return f'{opening}"{_text(node.id)}<br/>{_text(node.urn.short)}"{closing}'


def _connection(connection: Connection, keys: dict[str, str], queue: str) -> Iterator[str]:
    targets = [keys[name] for name in connection.targets]
    if connection.dispatch is Dispatch.ONE_OF and len(targets) > 1:
        yield f'{queue}{{{{"one of"}}}}'
        yield from (f"{queue} --> {target}" for target in targets)
        targets = [queue]
    for port in connection.sources:
        yield from (f"{keys[port.node]} {_arrow(port)} {target}" for target in targets)


def _arrow(port: Port) -> str:
    return "-->" if port.port == DEFAULT_PORT else f'-- "{_text(port.port)}" -->'


def _text(text: str) -> str:
    """`text` so that Mermaid takes it for nothing but text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("#", "&num;")
