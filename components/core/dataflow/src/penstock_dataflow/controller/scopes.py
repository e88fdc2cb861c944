"""The extensions around pipelines: those of the engine, and those of each group."""

from collections.abc import Callable, Iterable

from penstock_api import Deadline, Kind, Status, StatusEvent
from penstock_dataflow.config import DataflowConfig, ExtensionConfig
from penstock_dataflow.pipeline import Surroundings, host_of, resolved_extensions
from penstock_engine import Kit, cut
from penstock_engine.extensions import ExtensionHost, ExtensionStatus
from penstock_engine.metrics import MeterScope

__all__ = ("OuterScope", "Scopes")

_Lost = Callable[[str], None]


class OuterScope:
    """One host around pipelines, and what its extensions have in common."""

    def __init__(
        self,
        declared: Iterable[ExtensionConfig],
        config: DataflowConfig,
        surroundings: Surroundings,
        *,
        meter: MeterScope,
        outer: ExtensionHost | None,
        lost: _Lost,
        group: str = "",
    ) -> None:
        """Create every extension, of `group` or of the engine; `lost` hears when one fails for good.

        Raises as `host_of`.
        """
        self._meter = meter
        self._kit: Kit = surroundings.kit(meter)
        self._lost = lost
        self._kit.board.watch(self._note)
        resolved = resolved_extensions(config, surroundings, (group, ""))
        self.host = host_of(declared, resolved, self._kit, surroundings, outer)

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop all. Returns what went wrong."""
        problems = await self.host.stop(cut(deadline))
        await self._kit.close(deadline)
        self._meter.close()
        return problems

    def _note(self, event: StatusEvent) -> None:
        if event.kind is Kind.EXTENSION and event.status is Status.FATAL_ERROR:
            self._lost(event.error)


class Scopes:
    """The scopes around all pipelines of one configuration."""

    def __init__(self, config: DataflowConfig, surroundings: Surroundings, lost: _Lost) -> None:
        """Create every extension of the engine and of the groups. Raises as `host_of`."""
        self._surroundings = surroundings
        self._lost = lost
        meter = MeterScope(surroundings.gauges, scope="engine")
        self._engine = OuterScope(
            config.extensions.values(), config, surroundings, meter=meter, outer=None, lost=lost
        )
        self._groups: dict[str, OuterScope] = {}
        for group in config.groups:
            self.add(config, group)

    def add(self, config: DataflowConfig, group: str) -> None:
        """Create the extensions of `group`. Raises as `host_of`."""
        meter = MeterScope(self._surroundings.gauges, scope="group", group=group)
        declared = config.groups[group].extensions.values()
        self._groups[group] = OuterScope(
            declared,
            config,
            self._surroundings,
            meter=meter,
            outer=self._engine.host,
            lost=self._lost,
            group=group,
        )

    async def remove(self, group: str, deadline: Deadline) -> tuple[str, ...]:
        """Stop the extensions of `group` and forget them. Returns what went wrong."""
        return await self._groups.pop(group).stop(deadline)

    def of(self, group: str) -> ExtensionHost:
        """What pipelines of `group` see."""
        return self._groups[group].host

    def statuses(self, group: str = "") -> tuple[ExtensionStatus, ...]:
        """The extensions of `group`, or of the engine. Raises `KeyError`."""
        return (self._groups[group] if group else self._engine).host.statuses()

    def check_use(self, *, strict: bool) -> None:
        """Warn of extensions that nobody uses; when `strict` raise `ConfigError` instead."""
        for scope in (self._engine, *self._groups.values()):
            scope.host.check_use(strict=strict)

    async def start(self) -> None:
        """Start all that is used, the engine's first. Raises `StartError`."""
        await self._engine.host.start()
        for scope in self._groups.values():
            await scope.host.start()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop all, those of groups first. Returns what went wrong."""
        problems: list[str] = []
        for scope in (*self._groups.values(), self._engine):
            problems += await scope.stop(deadline)
        return tuple(problems)
