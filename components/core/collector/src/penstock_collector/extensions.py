"""The extensions of a collector, and what they give to its components."""

from functools import partial
from typing import Any  # Any: factories are invariant in their config type

from penstock_api import Bundle, Capabilities, ComponentId, Config, Deadline, ExtensionFactory, Host, Kind
from penstock_collector.bindings import bindings_of, declared, describe
from penstock_collector.config import CollectorConfig, Configured
from penstock_engine import Kit, Reporter
from penstock_engine.extensions import Claims, ExtensionHost, ExtensionSpec, HostKit, LagMonitor

__all__ = ("Extensions",)

_REMEDY = "name an extension that offers it in the component's config"


class Extensions:
    """Every extension that the service lists: created at once, started in the order listed, needs first."""

    def __init__(self, config: CollectorConfig, kit: Kit, view: Host) -> None:
        """Raises `StartError` naming one that cannot be created, and `ConfigError`."""
        self._config = config
        self._monitor = LagMonitor(kit.log)
        listed = {name: config.extensions[name] for name in dict.fromkeys(config.service.extensions)}
        self._declared = declared(listed)
        for name, one in listed.items():
            bindings_of(Kind.EXTENSION, name, one.config, self._declared)
        around = HostKit(clock=kit.clock, meter=kit.meter, log=kit.log, grace=None, monitor=self._monitor)
        specs = [self._spec(name, one, kit, view) for name, one in listed.items()]
        self.host = ExtensionHost.build(specs, around, one_by_one=True, start_unused=True)

    def claims(self, kind: Kind, name: ComponentId) -> Claims:
        """What one instance of a component may claim while it is created."""
        config: Config = getattr(self._config, kind.section)[name].config
        bindings = bindings_of(kind, name, config, self._declared)
        return self.host.claims(describe(kind, name), bindings, _REMEDY)

    async def start(self) -> None:
        """Start all. Raises `StartError` at the first failure; `stop` then stops what had been started."""
        if self._declared:
            self._monitor.start()
        await self.host.start()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop all, in reverse. Returns what went wrong. Safe before `start`."""
        problems = await self.host.stop(deadline)
        self._monitor.stop()
        return problems

    def _spec(
        self, name: ComponentId, one: Configured[ExtensionFactory[Any]], kit: Kit, view: Host
    ) -> ExtensionSpec:
        return ExtensionSpec(
            declaration=self._declared[str(name)],
            create=partial(_create, name, one, kit, view),
            report=Reporter(kit.board, Kind.EXTENSION, name),
        )


def _create(
    name: ComponentId, one: Configured[ExtensionFactory[Any]], kit: Kit, view: Host, given: Capabilities
) -> Bundle:
    settings = kit.extension_settings(name, view, capabilities=given)
    return one.factory.factory.create(settings, one.config)
