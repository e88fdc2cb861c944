"""One node of a pipeline as an engine node: the only module that knows factories and nodes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import (
    Any,
    Final,
    TypeVar,
)  # Any: factories are invariant in their config type, and nodes take every signal

from penstock_api import AnyBatch, ComponentId, Consumer, Kind, RouterFactory, Settings, Signal
from penstock_dataflow.pipeline.observe import Observer
from penstock_dataflow.pipeline.parts import Parts, SignalParts
from penstock_dataflow.resolve import Resolved, signals_of
from penstock_engine import Kit, Node, Tapped
from penstock_engine.extensions import Claims, ExtensionHost

__all__ = ("NODE_FIELD", "Making", "component_id", "node_of")

NODE_FIELD: Final = "dataflow.node"
"""The field that every record of a node's components carries."""

_REMEDY: Final = "write `capabilities: {%s: <extension>}` beside the node's `config`"
_Onward = Mapping[str, Consumer[AnyBatch]]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """With what the nodes of one copy of `pipeline` are made.

    `guard` stands between receivers and what they feed; None for nothing at all.
    """

    pipeline: str
    kit: Kit
    host: ExtensionHost
    observer: Observer
    default_ports: Mapping[str, str]
    guard: Callable[[Consumer[AnyBatch]], Consumer[AnyBatch]] | None = None


def component_id(one: Resolved) -> ComponentId:
    """The id under which the components of a node know themselves."""
    return ComponentId(one.factory.kind, one.node.id)


def node_of(one: Resolved, making: Making, inbox: int | None) -> Node[AnyBatch]:
    """The node that creates the components of `one`."""

    def create(onward: _Onward) -> object:
        seen = {port: making.observer.produced(one.node, taker) for port, taker in onward.items()}
        if making.guard is not None and one.node.urn.kind is Kind.RECEIVER:
            seen = {port: making.guard(taker) for port, taker in seen.items()}
        made = _Maker(one, making).make(seen)
        if one.node.urn.kind is Kind.RECEIVER:
            return made
        taker = making.observer.consumed(one.node, made)
        return made if taker is made else Tapped(taker, made)

    mutates = getattr(one.factory, "mutates_data", False)
    return Node(id=one.node.id, create=create, mutates=mutates, inbox=inbox)


class _Outputs:
    """A `penstock_api.Outputs`."""

    def __init__(self, onward: _Onward) -> None:
        self._onward = onward

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._onward)

    def get(self, name: str) -> Consumer[AnyBatch] | None:
        return self._onward.get(name)


class _Maker:
    """Creates what stands behind one node."""

    def __init__(self, one: Resolved, making: Making) -> None:
        self._one = one
        self._making = making
        self._settings: dict[Signal, Settings] = {}

    def make(self, onward: _Onward) -> Any:  # Any: parts, which take batches unless they receive
        one = self._one
        if isinstance(one.factory, RouterFactory):
            return self._router(one.factory, onward)
        port = self._making.default_ports.get(one.node.id, "")
        signals = signals_of(one.factory)
        if one.node.urn.kind is Kind.RECEIVER:
            return Parts([self._part(signal, onward[port]) for signal in signals])
        given = () if one.node.urn.kind is Kind.EXPORTER else (onward[port],)
        made = {signal: self._part(signal, *given) for signal in signals}
        takers = made
        if one.node.urn.kind is Kind.EXPORTER:
            from penstock_api.exporting import counted  # noqa: PLC0415 - with the first exporter

            takers = {signal: counted(self._settings[signal], signal, part) for signal, part in made.items()}
        return self._parts(takers, made.values())

    def _router(self, factory: RouterFactory[Any], onward: _Onward) -> SignalParts:  # Any: as above
        made = self._claiming(
            {}, lambda settings: factory.create(settings, self._one.config, _Outputs(onward))
        )
        return self._parts(dict.fromkeys(Signal, made), (made,))

    def _part(self, signal: Signal, *onward: Consumer[AnyBatch]) -> Any:  # Any: any component
        def make(settings: Settings) -> Any:  # Any: as above
            self._settings[signal] = settings
            return getattr(self._one.factory, f"create_{signal}")(settings, self._one.config, *onward)

        return self._claiming({"otelcol.signal": signal.value}, make)

    def _parts(self, takers: Mapping[Signal, Consumer[AnyBatch]], made: Iterable[object]) -> SignalParts:
        node = self._one.node
        return SignalParts(node.id, node.urn.short, takers, made, self._making.kit.meter)

    def _claiming(self, fields: Mapping[str, str], make: Callable[[Settings], T]) -> T:
        """What `make` gives with settings in which capabilities can be claimed until it returns."""
        node, making = self._one.node, self._making
        claims: Claims = making.host.claims(node.label, self._one.bindings, _REMEDY)
        settings = making.kit.settings(
            node.urn.kind,
            component_id(self._one),
            pipelines=(making.pipeline,),
            fields={NODE_FIELD: node.id, **fields},
            capabilities=claims,
        )
        try:
            return make(settings)
        finally:
            claims.seal()
