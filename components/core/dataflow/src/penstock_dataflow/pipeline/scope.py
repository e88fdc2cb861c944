"""The extensions of one scope as a host that runs them."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from penstock_api import Bundle, Capabilities, ComponentId, Kind
from penstock_dataflow.config import DataflowConfig, ExtensionConfig, Reader
from penstock_dataflow.extensions import Extensions, Near, ResolvedExtension, resolve_extensions
from penstock_dataflow.pipeline.surroundings import Surroundings
from penstock_dataflow.resolve import Resolved, resolve
from penstock_engine import FieldLog, Kit, Reporter
from penstock_engine.extensions import ExtensionHost, ExtensionSpec, HostKit

if TYPE_CHECKING:
    from penstock_dataflow.controller.copies import CopyOrder

__all__ = ("host_of", "resolved_extensions", "resolved_nodes")


def resolved_extensions(config: DataflowConfig, surroundings: Surroundings, near: Near) -> Extensions:
    """The extensions of the scopes `near` by path. Raises `ConfigError` with all that is wrong with them."""
    reader = Reader(config.document)
    found = resolve_extensions(reader, config, surroundings.components, near)
    reader.raise_problems()
    return found


def resolved_nodes(
    order: "CopyOrder", surroundings: Surroundings, extensions: Extensions
) -> Mapping[str, Resolved]:
    """The nodes of one copy by id. Raises `ConfigError` with all that is wrong with them."""
    reader = Reader(order.config.document)
    found = resolve(reader, order.pipeline, surroundings.components, extensions)
    reader.raise_problems()
    return {name: one for name, one in found.items() if name in order.pipeline.nodes}


def host_of(
    declared: Iterable[ExtensionConfig],
    resolved: Extensions,
    kit: Kit,
    surroundings: Surroundings,
    outer: ExtensionHost | None,
) -> ExtensionHost:
    """Create all of `declared`. Raises `StartError` naming one that cannot be created, and `ConfigError`."""
    specs = [_spec(resolved[one.path], kit, surroundings) for one in declared]
    # no slack: what hosts are given as a deadline is the moment at which all is cut off
    log = FieldLog(kit.log, kit.fields)
    around = HostKit(clock=kit.clock, meter=kit.meter, log=log, slack=0.0, monitor=surroundings.monitor)
    return ExtensionHost.build(specs, around, outer=outer)


def _spec(one: ResolvedExtension, kit: Kit, surroundings: Surroundings) -> ExtensionSpec:
    extension = one.extension
    name = ComponentId(one.factory.kind, extension.id)
    return ExtensionSpec(
        declaration=one.declaration,
        create=partial(_create, one, name, kit, surroundings),
        report=Reporter(kit.board, Kind.EXTENSION, name),
    )


def _create(
    one: ResolvedExtension,
    name: ComponentId,
    kit: Kit,
    surroundings: Surroundings,
    capabilities: Capabilities,
) -> Bundle:
    settings = kit.extension_settings(name, surroundings.host, capabilities=capabilities)
    return one.factory.create(settings, one.config)
