"""One place of a pipeline graph as an engine node: the only module that knows factories and nodes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any  # Any: factories are invariant in their config type, and places hold any signal

from penstock_api import AnyBatch, ComponentId, Consumer, Kind, Settings, Signal
from penstock_collector.config import CollectorConfig
from penstock_collector.extensions import Extensions
from penstock_engine import DEFAULT_PORT, Kit, Node, Tapped
from penstock_engine.topics import TopicHub

__all__ = ("Place", "node_of", "supports")

_Onward = Mapping[str, Consumer[Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one instance of a component stands: `takes` and `gives` differ only for connectors.

    `pipelines` are all that the component serves; `pipeline` is the one a processor stands in.
    """

    kind: Kind
    id: ComponentId
    takes: Signal
    gives: Signal
    name: str
    pipelines: tuple[str, ...] = ()
    pipeline: str = ""

    def serving(self, pipelines: tuple[str, ...]) -> "Place":
        """The same place, with the pipelines that it serves."""
        return replace(self, pipelines=pipelines)


def supports(factory: object, signal: Signal) -> bool:
    """Whether a receiver, processor or exporter factory handles `signal`."""
    return getattr(factory, f"create_{signal}", None) is not None


def node_of(
    place: Place, config: CollectorConfig, kit: Kit, extensions: Extensions, topics: TopicHub
) -> Node[AnyBatch]:
    """The node that creates the component of `place`, which can claim capabilities until it is created."""
    configured = getattr(config, place.kind.section)[place.id]
    factory = configured.factory.factory
    claims = extensions.claims(place.kind, place.id)
    settings = kit.settings(
        place.kind, place.id, pipelines=place.pipelines, fields=_fields(place), capabilities=claims
    )
    settings = replace(settings, topics=topics.view(place.name))
    make = _create(place, factory, settings, configured.config)

    def create(onward: _Onward) -> object:
        try:
            return make(onward)
        finally:
            claims.seal()

    return Node(id=place.name, create=create, mutates=getattr(factory, "mutates_data", False))


def _create(place: Place, factory: Any, settings: Settings, config: Any) -> Callable[[_Onward], object]:
    match place.kind:
        case Kind.EXPORTER:
            make = getattr(factory, f"create_{place.takes}")
            return lambda _: _counted(settings, place.takes, make(settings, config))
        case Kind.CONNECTOR:
            make = getattr(factory, f"{place.takes}_to_{place.gives}")
        case _:
            make = getattr(factory, f"create_{place.takes}")
    return lambda onward: make(settings, config, onward[DEFAULT_PORT])


def _counted(settings: Settings, signal: Signal, exporter: Any) -> object:
    from penstock_api.exporting import counted  # noqa: PLC0415 - with the first exporter

    taker = counted(settings, signal, exporter)
    return exporter if taker is exporter else Tapped(taker, exporter)


def _fields(place: Place) -> dict[str, str]:
    """What an instance adds to every record it logs."""
    if place.kind is Kind.PROCESSOR:
        return {"otelcol.pipeline.id": place.pipeline, "otelcol.signal": place.takes.value}
    if place.kind is Kind.CONNECTOR:
        return {"otelcol.signal": place.takes.value, "otelcol.signal.output": place.gives.value}
    return {"otelcol.signal": place.takes.value}
