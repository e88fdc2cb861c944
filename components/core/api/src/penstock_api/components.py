"""The components of one distribution, as its generated `components.py` lists them."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar  # Any: factories are invariant in their config type

from penstock_api.errors import ConfigError

if TYPE_CHECKING:
    from penstock_api.factory import (
        ConnectorFactory,
        ExporterFactory,
        ExtensionFactory,
        ProcessorFactory,
        ProviderFactory,
        ReceiverFactory,
        TelemetryFactory,
    )
    from penstock_api.outputs import RouterFactory

__all__ = ("Components", "Registered")

F_co = TypeVar("F_co", covariant=True)


class Registered(Generic[F_co]):
    """A component of a distribution, and the project and version it came from.

    A generated distribution gives `name` and `target` (`package.module:attribute`): the factory is imported
    when it is first asked for, so that a component nobody configured costs nothing and breaks nothing.
    """

    __slots__ = ("_factory", "_name", "_target", "project", "version")

    def __init__(
        self, *, project: str, version: str, factory: F_co | None = None, name: str = "", target: str = ""
    ) -> None:
        self.project = project
        self.version = version
        self._factory = factory
        self._name = name
        self._target = target

    def __reduce__(self) -> tuple[object, ...]:
        """Without a factory that another process can import for itself."""
        factory = None if self._target else self._factory
        return _registered, (self.project, self.version, factory, self._name, self._target)

    @property
    def factory(self) -> F_co:
        """What makes the component. Raises `ConfigError` naming the project when it cannot be imported."""
        if self._factory is None:
            self._factory = self._imported()
        return self._factory

    @property
    def name(self) -> str:
        """What users call the component."""
        return self._name or str(getattr(self.factory, "kind", ""))

    @property
    def aliases(self) -> tuple[str, ...]:
        """Older names; none when the component is broken."""
        try:
            found: tuple[str, ...] = getattr(self.factory, "aliases", ())
        except ConfigError:
            return ()
        return found

    def _imported(self) -> F_co:
        module, _, attribute = self._target.partition(":")
        try:
            factory: F_co = getattr(import_module(module), attribute)
        except Exception as error:  # whatever its import raises, only its user is concerned
            what = f"{self._name} cannot be loaded from {self.project} {self.version}"
            raise ConfigError.single(f"{what}: {type(error).__name__}: {error}") from error
        return factory


def _registered(project: str, version: str, factory: F_co | None, name: str, target: str) -> Registered[F_co]:
    return Registered(project=project, version=version, factory=factory, name=name, target=target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Every component that a distribution carries, by kind, in the order of its manifest."""

    receivers: "tuple[Registered[ReceiverFactory[Any]], ...]" = ()
    processors: "tuple[Registered[ProcessorFactory[Any] | RouterFactory[Any]], ...]" = ()
    exporters: "tuple[Registered[ExporterFactory[Any]], ...]" = ()
    connectors: "tuple[Registered[ConnectorFactory[Any]], ...]" = ()
    extensions: "tuple[Registered[ExtensionFactory[Any]], ...]" = ()
    providers: "tuple[Registered[ProviderFactory], ...]" = ()
    converters: tuple[Registered[object], ...] = ()
    telemetry: "tuple[Registered[TelemetryFactory], ...]" = ()
    """What passes the collector's own telemetry on; none unless the manifest says so."""
