"""A configuration as a Mermaid flow chart."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count

from penstock_api import Kind
from penstock_api.yaml import Path
from penstock_dataflow.config import (
    Connection,
    DataflowConfig,
    Dispatch,
    ExtensionConfig,
    GroupConfig,
    NodeConfig,
    PipelineConfig,
    Port,
    Scope,
    TopicConfig,
    topic_of,
)
from penstock_engine import DEFAULT_PORT

__all__ = ("mermaid",)

_SHAPES = {Kind.RECEIVER: ("([", "])"), Kind.PROCESSOR: ("[", "]"), Kind.EXPORTER: ("[[", "]]")}


def mermaid(config: DataflowConfig) -> str:
    """The text of a chart: groups, pipelines and nodes, topics, and who uses which extension.

    A queue between competing destinations is a node of its own. What nothing flows through is dashed.
    """
    return "\n".join(_Chart(config).lines()) + "\n"


class _Chart:
    """Gives everything that is drawn a key, by its place in the file."""

    def __init__(self, config: DataflowConfig) -> None:
        self._config = config
        self._keys: dict[Path, str] = {}
        self._numbers = {letter: count() for letter in "gnpqtx"}
        self._idle: list[str] = []

    def lines(self) -> Iterator[str]:
        yield "flowchart LR"
        yield from _indented(self._declared(self._config.extensions.values(), self._config.topics.values()))
        for group in self._config.groups.values():
            yield from _indented(self._group(group))
        for pipeline in self._config.pipelines:
            yield from _indented(self._used(pipeline))
        if self._idle:
            yield "  classDef unconnected stroke-dasharray: 5 5"
            yield f"  class {','.join(self._idle)} unconnected"

    def _group(self, group: GroupConfig) -> Iterator[str]:
        yield f'subgraph {self._new("g")}["group {_text(group.id)}"]'
        yield from _indented(self._declared(group.extensions.values(), group.topics.values()))
        for pipeline in self._config.pipelines:
            if pipeline.group == group.id:
                yield from _indented(self._pipeline(pipeline))
        yield "end"

    def _pipeline(self, pipeline: PipelineConfig) -> Iterator[str]:
        own = [one for one in pipeline.extensions.values() if one.scope is Scope.PIPELINE]
        nodes = (*pipeline.nodes.values(), *pipeline.unconnected.values())
        yield f'subgraph {self._new("p")}["{_text(str(pipeline))}"]'
        yield from _indented(self._declared(own, ()))
        yield from _indented(f"{self._new('n', node.path)}{_shape(node)}" for node in nodes)
        for connection in pipeline.connections:
            yield from _indented(self._connection(pipeline, connection))
        yield "end"
        self._idle += [self._keys[node.path] for node in pipeline.unconnected.values()]

    def _declared(
        self, extensions: Iterable[ExtensionConfig], topics: Iterable[TopicConfig]
    ) -> Iterator[str]:
        for extension in extensions:
            text = f"{_text(extension.id)}<br/>{_text(extension.urn.short)}"
            yield f'{self._new("x", extension.path)}[/"{text}"/]'
        for topic in topics:
            yield f'{self._new("t", topic.path)}[("topic {_text(topic.name)}")]'

    def _connection(self, pipeline: PipelineConfig, connection: Connection) -> Iterator[str]:
        key = {name: self._keys[node.path] for name, node in pipeline.nodes.items()}
        targets = [key[name] for name in connection.targets]
        if connection.dispatch is Dispatch.ONE_OF and len(targets) > 1:
            queue = self._new("q")
            yield f'{queue}{{{{"one of"}}}}'
            yield from (f"{queue} --> {target}" for target in targets)
            targets = [queue]
        for port in connection.sources:
            yield from (f"{key[port.node]} {_arrow(port)} {target}" for target in targets)

    def _used(self, pipeline: PipelineConfig) -> Iterator[str]:
        """What leads out of a pipeline: to topics, and to extensions."""
        for node in pipeline.nodes.values():
            key = self._keys[node.path]
            topic = pipeline.topics.get(topic_of(node) or "")
            if topic is not None:
                ends = key, self._keys[topic.path]
                yield " --> ".join(ends if node.urn.kind is Kind.EXPORTER else reversed(ends))
            yield from self._bound(node, key, pipeline.extensions)

    def _bound(self, node: NodeConfig, key: str, extensions: Mapping[str, ExtensionConfig]) -> Iterator[str]:
        for binding in node.capabilities:
            what = f"{binding.capability}/{binding.slot}" if binding.slot else binding.capability
            for name in binding.extensions:
                yield f'{key} -. "{_text(what)}" .-> {self._keys[extensions[name].path]}'

    def _new(self, letter: str, path: Path | None = None) -> str:
        key = f"{letter}{next(self._numbers[letter])}"
        if path is not None:
            self._keys[path] = key
        return key


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _shape(node: NodeConfig) -> str:
    opening, closing = _SHAPES[node.urn.kind]
    return f'{opening}"{_text(node.id)}<br/>{_text(node.urn.short)}"{closing}'


def _arrow(port: Port) -> str:
    return "-->" if port.port == DEFAULT_PORT else f'-- "{_text(port.port)}" -->'


def _text(text: str) -> str:
    """`text` so that Mermaid takes it for nothing but text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("#", "&num;")
