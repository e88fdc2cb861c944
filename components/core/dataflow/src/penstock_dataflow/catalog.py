"""What can stand under `nodes` in this distribution."""

from dataclasses import dataclass

from penstock_api import Components, ConfigError, Registered, Signal
from penstock_dataflow.resolve import NodeFactory, node_types, signals_of

__all__ = ("CatalogEntry", "catalog")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """One node type."""

    urn: str
    short: str
    description: str
    project: str
    version: str
    signals: tuple[Signal, ...]


def catalog(components: Components) -> tuple[CatalogEntry, ...]:
    """Every node type: receivers, processors and exporters in the order of the distribution."""
    return tuple(
        CatalogEntry(
            urn=str(urn),
            short=urn.short,
            description=_description(one.project),
            project=one.project,
            version=one.version,
            signals=_signals(one),
        )
        for urn, one in node_types(components).items()
    )


def _signals(one: Registered[NodeFactory]) -> tuple[Signal, ...]:
    """None for a component that cannot be loaded."""
    try:
        return signals_of(one.factory)
    except ConfigError:
        return ()


def _description(project: str) -> str:
    """The summary of the installed project; empty when nothing is known of it."""
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415 - slow, and only for this

    try:
        found = metadata(project)
    except PackageNotFoundError:
        return ""
    summary: str | None = found["Summary"] if "Summary" in found else None  # noqa: SIM401 - it has no `get`
    return summary or ""
