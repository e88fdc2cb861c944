"""Reads `topics`, and checks how pipelines are joined by them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal  # Any: values that are not checked yet

from penstock_api import Config, Expanded, Kind
from penstock_api.yaml import Path
from penstock_dataflow.config.policies import read_family
from penstock_dataflow.config.reach import onward_of, reached
from penstock_dataflow.config.reader import Reader, nearest
from penstock_dataflow.config.resources import Backend
from penstock_dataflow.config.selector import is_id
from penstock_dataflow.config.topic_policies import TopicPolicies
from penstock_dataflow.config.types import NodeConfig, PipelineConfig, Scope, TopicConfig
from penstock_dataflow.urn import NAMESPACE
from penstock_engine import Edge, Graph, GraphError, Node

__all__ = (
    "TopicEntry",
    "Topics",
    "check_loops",
    "check_processes",
    "check_topics",
    "read_topics",
    "topic_of",
)

Topics = Mapping[str, TopicConfig | None]
"""Every topic that the file names in a scope; None for one that is wrong."""

_IMPL: Final = "how a topic works follows from who subscribes to it: remove it"


class TopicEntry(Config):
    """One entry of `topics`: a named queue in the process that joins pipelines."""

    description: str = ""
    """For readers."""

    backend: Literal["in_memory"] = "in_memory"
    """Where batches wait."""

    policies: TopicPolicies = TopicPolicies()
    """How batches wait, and whether outcomes come back."""


def read_topics(reader: Reader, value: Any, path: Path, group: str = "") -> Topics:
    """The entries of the mapping `value`, which stands at `path`, in `group` or at the top."""
    return {
        name: _topic(reader, name, one, (*path, name), group)
        for name, one in reader.entries(value, path).items()
    }


def _topic(reader: Reader, name: str, value: Any, path: Path, group: str) -> TopicConfig | None:
    if not is_id(name):
        reader.problem(path, f"a topic name has no spaces, brackets, quotes or slashes: {name}")
    entry = read_family(reader, TopicEntry, value, path, {"impl_selection": _IMPL})
    if entry is None:
        return None
    return TopicConfig(
        name=name,
        scope=Scope.GROUP if group else Scope.ENGINE,
        key=f"{group}/{name}" if group else name,
        path=path,
        description=entry.description,
        policies=entry.policies,
    )


def topic_of(node: NodeConfig) -> str | None:
    """The name of the topic that `node` reads or feeds; None for any other node, or when it names none."""
    if node.urn.id != "topic" or node.urn.namespace != NAMESPACE or not isinstance(node.config, Mapping):
        return None
    topic = node.config.get("topic")
    topic = topic.text if isinstance(topic, Expanded) else topic
    return topic if isinstance(topic, str) and topic else None


def check_topics(reader: Reader, nodes: Iterable[NodeConfig], topics: Topics) -> None:
    """Refuse nodes that name a topic which is not in `topics`."""
    for node in nodes:
        topic = topic_of(node)
        if topic is not None and topic not in topics:
            hint = nearest(topic, topics) or "declare it under `topics`: in the group, or at the top"
            reader.problem((*node.path, "config", "topic"), f"no such topic: {topic}", hint)


def check_processes(reader: Reader, pipelines: Iterable[PipelineConfig]) -> None:
    """Refuse topics in pipelines whose copies run in processes of their own."""
    for pipeline in pipelines:
        for node in pipeline.nodes.values() if pipeline.workers.backend is Backend.PROCESS else ():
            if topic_of(node) is not None:
                what = f"a worker process cannot reach the topics of the engine: {node.id}"
                hint = "set `workers: {backend: inline}`, or keep the topic in a pipeline without workers"
                reader.problem((*node.path, "type"), what, hint)


def check_loops(reader: Reader, pipelines: Iterable[PipelineConfig]) -> None:
    """Refuse ways that lead from a topic through pipelines back to it, naming the topics."""
    ways = {(source, target): path for pipeline in pipelines for source, target, path in _ways(pipeline)}
    keys = dict.fromkeys(key for pair in ways for key in pair)
    try:
        Graph.of(
            [Node(id=key, create=lambda _: None) for key in keys],
            [Edge(source=source, target=target) for source, target in ways],
        )
    except GraphError as error:
        what = f"what goes into this topic comes back to it: {' -> '.join(error.cycle)}"
        reader.problem(ways[error.cycle[-2:]], what)  # type: ignore[index] # the last edge of the cycle


def _ways(pipeline: PipelineConfig) -> Iterator[tuple[str, str, Path]]:
    """Pairs of topics (by key) that the pipeline joins, and the path of the exporter of each."""
    onward = onward_of(pipeline.connections)
    ends = {
        name: pipeline.topics[topic].key
        for name, node in pipeline.nodes.items()
        if (topic := topic_of(node)) is not None and topic in pipeline.topics
    }
    for name, key in ends.items():
        if pipeline.nodes[name].urn.kind is Kind.RECEIVER:
            for end in reached(name, onward):
                if end in ends:
                    yield key, ends[end], (*pipeline.nodes[end].path, "config", "topic")
