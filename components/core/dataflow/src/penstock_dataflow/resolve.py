"""Node types to factories, and node configs to what their factories expect."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias  # Any: factories are invariant in their config type

from penstock_api import (
    Components,
    Config,
    ExporterFactory,
    Kind,
    ProcessorFactory,
    ReceiverFactory,
    Registered,
    RouterFactory,
    Signal,
    decode,
)
from penstock_dataflow.config import DataflowConfig, NodeConfig, PipelineConfig, Reader, Source, nearest, read
from penstock_dataflow.extensions import (
    Extensions,
    check_offers,
    extension_types,
    in_scope,
    named_in,
    resolve_extensions,
)
from penstock_dataflow.ports import check_ports
from penstock_dataflow.registry import by_name, find
from penstock_dataflow.urn import NAMESPACE, NodeUrn
from penstock_engine.extensions import Binding, Declaration

__all__ = ("NodeFactory", "NodeTypes", "Resolved", "node_types", "resolve", "signals_of", "validate")

# Any: as above
NodeFactory: TypeAlias = (
    ReceiverFactory[Any] | ProcessorFactory[Any] | RouterFactory[Any] | ExporterFactory[Any]
)
NodeTypes: TypeAlias = Mapping[NodeUrn, Registered[NodeFactory]]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A node, the factory that makes it, and its config as that wants it.

    `bindings` are those of the node, and the extensions that its config names.
    """

    node: NodeConfig
    factory: NodeFactory
    config: Config
    bindings: tuple[Binding, ...] = ()


def node_types(components: Components) -> NodeTypes:
    """Every component that can be a node, by name. Raises `ConfigError` when two have one name."""
    sections = (
        (Kind.RECEIVER, components.receivers),
        (Kind.PROCESSOR, components.processors),
        (Kind.EXPORTER, components.exporters),
    )
    return by_name(
        (NodeUrn(NAMESPACE, kind, one.name), one) for kind, registered in sections for one in registered
    )


def signals_of(factory: NodeFactory) -> tuple[Signal, ...]:
    """The signals that `factory` handles."""
    if isinstance(factory, RouterFactory):
        return tuple(Signal)
    return tuple(signal for signal in Signal if getattr(factory, f"create_{signal}") is not None)


def validate(
    source: Source, components: Components, *, environ: Mapping[str, str] | None = None
) -> DataflowConfig:
    """Like `load`, and also check that the type of every node and extension exists and takes its config.

    Starts and constructs nothing.
    """
    config, reader = read(source, environ=environ)
    extensions = resolve_extensions(reader, config, components)
    for pipeline in config.pipelines:
        resolve(reader, pipeline, components, extensions)
    reader.raise_problems()
    return config


def resolve(
    reader: Reader,
    pipeline: PipelineConfig,
    components: Components,
    extensions: Extensions = MappingProxyType({}),
) -> Mapping[str, Resolved]:
    """The nodes of `pipeline` by id; what cannot be resolved is a problem of `reader` and left out.

    What is not in `extensions` may offer all that its type can.
    """
    types = node_types(components)
    visible = in_scope(pipeline.extensions, extensions, extension_types(components))
    found: dict[str, Resolved] = {}
    for name, node in (*pipeline.nodes.items(), *pipeline.unconnected.items()):
        check_offers(reader, node, visible)
        registered = find(types, node.urn)
        if registered is None:
            what = f"this distribution has no such node type: {node.urn.short}"
            reader.problem((*node.path, "type"), what, nearest(node.urn.short, [one.short for one in types]))
            continue
        config = _decode(reader, node, registered)
        if config is not None:
            check_ports(reader, pipeline, node, registered.factory, config)
            bindings = _bindings(reader, node, config, visible)
            found[name] = Resolved(node, registered.factory, config, bindings)
    return found


def _bindings(
    reader: Reader, node: NodeConfig, config: Config, visible: Mapping[str, Declaration]
) -> tuple[Binding, ...]:
    """What `capabilities` says, and what the config names; not both for one slot of one capability."""
    named = named_in(reader, node.label, config, (*node.path, "config"), visible)
    written = {(one.capability, one.slot): one for one in node.capabilities}
    for one in named:
        if (one.capability, one.slot) in written:
            what = f"{node.label} binds {one} twice, here and under `capabilities`: {one.extensions[0]}"
            reader.problem(one.path, what, "remove one of them")
    return (*node.capabilities, *named)


def _decode(reader: Reader, node: NodeConfig, registered: Registered[NodeFactory]) -> Config | None:
    def decoded() -> Config:
        model: type[Config] = registered.factory.config
        return decode(model, node.config, (*node.path, "config"))

    return reader.attempt(decoded)
