"""The components of one distribution, as its generated `components.py` lists them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar  # Any: factories are invariant in their config type

if TYPE_CHECKING:
    from penstock_api.factory import (
        ConnectorFactory,
        ExporterFactory,
        ExtensionFactory,
        ProcessorFactory,
        ProviderFactory,
        ReceiverFactory,
    )

__all__ = ("Components", "Registered")

F_co = TypeVar("F_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(Generic[F_co]):
    """A factory, and the project and version it came from."""

    factory: F_co
    project: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Every component that a distribution carries, by kind, in the order of its manifest."""

    receivers: "tuple[Registered[ReceiverFactory[Any]], ...]" = ()
    processors: "tuple[Registered[ProcessorFactory[Any]], ...]" = ()
    exporters: "tuple[Registered[ExporterFactory[Any]], ...]" = ()
    connectors: "tuple[Registered[ConnectorFactory[Any]], ...]" = ()
    extensions: "tuple[Registered[ExtensionFactory[Any]], ...]" = ()
    providers: "tuple[Registered[ProviderFactory], ...]" = ()
    converters: tuple[Registered[object], ...] = ()
