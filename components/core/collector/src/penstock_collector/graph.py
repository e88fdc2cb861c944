"""Collector pipelines as engine nodes and edges."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from penstock_api import (
    AnyBatch,
    ComponentId,
    ConfigError,
    Kind,
    PipelineId,
    Problem,
    Report,
    RouterFactory,
    Signal,
)
from penstock_collector.bindings import describe
from penstock_collector.config import CollectorConfig, PipelineConfig
from penstock_collector.extensions import Extensions
from penstock_collector.nodes import Place, node_of, supports
from penstock_engine import Assembly, Edge, Graph, GraphError, Kit, Node, Reporter
from penstock_engine.topics import TopicHub

__all__ = ("assemble", "check_graph")

_ROUTER = "it has named outputs, which only the dataflow engine has: use it there, or a connector here"


def check_graph(config: CollectorConfig) -> None:
    """Find what only the graph shows: signals that a component lacks, loose connectors, cycles.

    Builds nothing. Raises `ConfigError` with every problem.
    """
    _plan(config)


def assemble(
    config: CollectorConfig, kit: Kit, extensions: Extensions, topics: TopicHub
) -> Assembly[AnyBatch]:
    """Create every component that a pipeline uses. Raises `ConfigError`, and what a component raises."""
    plan = _plan(config)
    places = {place.name: place for place in plan.places}
    graph = Graph.of([node_of(place, config, kit, extensions, topics) for place in plan.places], plan.edges)

    def described(name: str) -> tuple[str, Report]:
        place = places[name]
        report = Reporter(kit.board, place.kind, place.id, place.pipelines)
        return describe(place.kind, place.id), report

    tasks = kit.settings(Kind.CONNECTOR, ComponentId("channel")).tasks
    try:
        return Assembly.build(graph, described, tasks, joins=topics.joins)
    except GraphError as error:
        if not error.cycle:
            raise
        hint = "what goes into a topic must not come back to it"
        raise ConfigError(Problem(("service", "pipelines"), str(error), hint)) from None


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which components stand where, and what feeds what."""

    places: tuple[Place, ...]
    edges: tuple[Edge, ...]


def _plan(config: CollectorConfig) -> _Plan:
    problems = [*_unsupported(config), *_loose_connectors(config)]
    if problems:
        raise ConfigError(*problems)
    edges = tuple(
        edge for name, pipeline in _pipelines(config) for edge in _pipeline_edges(config, name, pipeline)
    )
    places = tuple(_places(config))
    try:
        Graph.of([Node(id=place.name, create=lambda _: None) for place in places], edges)
    except GraphError as error:
        raise ConfigError(Problem(("service", "pipelines"), str(error))) from None
    return _Plan(places, edges)


def _pipelines(config: CollectorConfig) -> Iterator[tuple[PipelineId, PipelineConfig]]:
    yield from config.service.pipelines.items()


def _pipeline_edges(config: CollectorConfig, name: PipelineId, pipeline: PipelineConfig) -> Iterator[Edge]:
    """Sources to the first processor, through the others, to every sink; what is listed twice counts once."""
    stages = [[place.name] for place in _processors(name, pipeline)]
    sources = dict.fromkeys(place.name for place in _sources(config, name, pipeline))
    sinks = dict.fromkeys(place.name for place in _sinks(config, name, pipeline))
    for before, after in itertools.pairwise([list(sources), *stages, list(sinks)]):
        for source, target in itertools.product(before, after):
            yield Edge(source=source, target=target)


def _places(config: CollectorConfig) -> Iterator[Place]:
    """Every place once, with all pipelines that its component serves."""
    places: dict[str, Place] = {}
    serving: dict[tuple[Kind, ComponentId], list[str]] = {}
    for name, pipeline in _pipelines(config):
        found = (
            *_sources(config, name, pipeline),
            *_processors(name, pipeline),
            *_sinks(config, name, pipeline),
        )
        for place in found:
            places.setdefault(place.name, place)
            serving.setdefault((place.kind, place.id), []).append(str(name))
    for place in places.values():
        yield place.serving(tuple(dict.fromkeys(serving[place.kind, place.id])))


def _processors(name: PipelineId, pipeline: PipelineConfig) -> Iterator[Place]:
    for one in pipeline.processors:
        label = f'processor "{one}" in pipeline "{name}"'
        yield Place(Kind.PROCESSOR, one, name.signal, name.signal, label, pipeline=str(name))


def _sources(config: CollectorConfig, name: PipelineId, pipeline: PipelineConfig) -> Iterator[Place]:
    for one in pipeline.receivers:
        if one in config.connectors:
            yield from _connector_places(config, one, to=name.signal)
        else:
            yield Place(Kind.RECEIVER, one, name.signal, name.signal, f'receiver "{one}" ({name.signal})')


def _sinks(config: CollectorConfig, name: PipelineId, pipeline: PipelineConfig) -> Iterator[Place]:
    for one in pipeline.exporters:
        if one in config.connectors:
            yield from _connector_places(config, one, frm=name.signal)
        else:
            yield Place(Kind.EXPORTER, one, name.signal, name.signal, f'exporter "{one}" ({name.signal})')


def _connector_places(
    config: CollectorConfig, one: ComponentId, *, frm: Signal | None = None, to: Signal | None = None
) -> Iterator[Place]:
    """The pairs of signals in which connector `one` is used, from the given one or to it."""
    takes, gives = _connector_signals(config, one)
    for pair in config.connectors[one].factory.factory.pairs():
        if pair[0] in takes and pair[1] in gives and frm in (None, pair[0]) and to in (None, pair[1]):
            yield Place(Kind.CONNECTOR, one, *pair, f'connector "{one}" ({pair[0]} to {pair[1]})')


def _connector_signals(
    config: CollectorConfig, one: ComponentId
) -> tuple[Mapping[Signal, str], Mapping[Signal, str]]:
    """Signals of pipelines that export to connector `one`, and that receive from it, with their names."""
    takes: dict[Signal, str] = {}
    gives: dict[Signal, str] = {}
    for name, pipeline in _pipelines(config):
        for ids, found in ((pipeline.exporters, takes), (pipeline.receivers, gives)):
            if one in ids:
                found[name.signal] = f"{found[name.signal]} {name}" if name.signal in found else str(name)
    return takes, gives


def _loose_connectors(config: CollectorConfig) -> Iterator[Problem]:
    for one, configured in config.connectors.items():
        takes, gives = _connector_signals(config, one)
        pairs = configured.factory.factory.pairs()
        loose = [("exporter", "receiver", takes[frm]) for frm in takes if not _joins(pairs, (frm,), gives)]
        loose += [("receiver", "exporter", gives[to]) for to in gives if not _joins(pairs, takes, (to,))]
        for used, missing, names in loose:
            yield Problem(
                ("connectors", str(one)),
                f'connector "{one}" used as {used} in [{names}] pipeline but not used in any supported '
                f"{missing} pipeline",
                where=configured.where,
            )


def _joins(
    pairs: Collection[tuple[Signal, Signal]], takes: Iterable[Signal], gives: Iterable[Signal]
) -> bool:
    return any(pair in pairs for pair in itertools.product(takes, gives))


def _unsupported(config: CollectorConfig) -> Iterator[Problem]:
    """Components named in a pipeline of a signal that they do not handle."""
    for name, pipeline in _pipelines(config):
        sections = (
            (Kind.RECEIVER, pipeline.receivers, config.receivers),
            (Kind.PROCESSOR, pipeline.processors, config.processors),
            (Kind.EXPORTER, pipeline.exporters, config.exporters),
        )
        for kind, ids, configured in sections:
            for one in ids:
                if one not in configured or supports(configured[one].factory.factory, name.signal):
                    continue
                router = isinstance(configured[one].factory.factory, RouterFactory)
                yield Problem(
                    ("service", "pipelines", str(name), kind.section),
                    f'"{one}" {kind} does not support the data type "{name.signal}": '
                    "telemetry type is not supported",
                    hint=_ROUTER if router else "",
                    where=pipeline.where,
                )
