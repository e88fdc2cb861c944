"""What can stand under `nodes` and under `extensions` in this distribution."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints  # Any: factories of any config

from penstock_api import (
    Active,
    Background,
    Components,
    ConfigError,
    ExporterFactory,
    ExtensionFactory,
    Kind,
    Passive,
    Registered,
    RouterFactory,
    Signal,
    decode,
)
from penstock_dataflow.extensions import extension_types
from penstock_dataflow.resolve import NodeFactory, node_types, signals_of
from penstock_dataflow.urn import ExtensionUrn, NodeUrn
from penstock_engine import DEFAULT_PORT

__all__ = ("Catalog", "CatalogEntry", "ExtensionEntry", "catalog")

_LIVES: Final[Mapping[object, str]] = {Active: "active", Passive: "passive", Background: "background"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What there is to say of any type."""

    urn: str
    short: str
    description: str
    documentation: str
    project: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry(_Entry):
    """One node type. `outputs` is None when they follow from its config."""

    signals: tuple[Signal, ...]
    outputs: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionEntry(_Entry):
    """One extension type. `lifecycle` has several words when the config decides."""

    capabilities: tuple[str, ...]
    lifecycle: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Receivers, processors and exporters, and extensions, in the order of the distribution."""

    nodes: tuple[CatalogEntry, ...]
    extensions: tuple[ExtensionEntry, ...]


def catalog(components: Components) -> Catalog:
    """Everything there is to use. Raises `ConfigError` when two components have one name."""
    nodes = (
        CatalogEntry(**_about(urn, one, urn.kind), signals=_signals(one), outputs=_outputs(one))
        for urn, one in node_types(components).items()
    )
    extensions = (
        ExtensionEntry(
            **_about(urn, one, Kind.EXTENSION), capabilities=_capabilities(one), lifecycle=_lifecycle(one)
        )
        for urn, one in extension_types(components).items()
    )
    return Catalog(nodes=tuple(nodes), extensions=tuple(extensions))


def _signals(one: Registered[NodeFactory]) -> tuple[Signal, ...]:
    """None for a component that cannot be loaded."""
    try:
        return signals_of(one.factory)
    except ConfigError:
        return ()


def _outputs(one: Registered[NodeFactory]) -> tuple[str, ...] | None:
    try:
        factory = one.factory
        if isinstance(factory, ExporterFactory):
            return ()
        if not isinstance(factory, RouterFactory):
            return (DEFAULT_PORT,)
        found: tuple[str, ...] | None = factory.outputs(decode(factory.config, {}))
    except ConfigError:
        return None
    return found or None


def _capabilities(one: Registered[ExtensionFactory[Any]]) -> tuple[str, ...]:
    try:
        return tuple(sorted(key.name for key in one.factory.capabilities))
    except ConfigError:
        return ()


def _lifecycle(one: Registered[ExtensionFactory[Any]]) -> tuple[str, ...]:
    """What the create function says it returns, as far as that is more than any bundle."""
    try:
        factory = one.factory
        told = get_type_hints(factory.create).get("return")
    except (ConfigError, NameError, TypeError):
        told = None
    bundles = get_args(told) if get_origin(told) is UnionType or told not in _LIVES else (told,)
    lives = [life for bundle, life in _LIVES.items() if bundle in bundles]
    if 0 < len(lives) < len(_LIVES):
        return tuple(lives)
    return ("active", "passive") if _capabilities(one) else ("background",)


def _about(urn: NodeUrn | ExtensionUrn, one: Registered[Any], kind: Kind) -> dict[str, Any]:
    """The fields of an `_Entry`; description and documentation are empty when nothing is known of them."""
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415 - slow, and only for this

    try:
        found = metadata(one.project)
    except PackageNotFoundError:
        summary, urls = "", []
    else:
        summary = found["Summary"] if "Summary" in found else ""  # noqa: SIM401 - it has no `get`
        urls = found.get_all("Project-URL") or []
    pages = {label.strip().lower(): url.strip() for label, _, url in (one.partition(",") for one in urls)}
    ours = one.project == f"penstock-{kind}-{one.name.replace('_', '-')}"
    folder = f"components/{kind}/{one.name}/README.md" if ours else ""
    return {
        "urn": str(urn),
        "short": urn.short,
        "description": summary,
        "documentation": pages.get("documentation") or pages.get("homepage") or folder,
        "project": one.project,
        "version": one.version,
    }
