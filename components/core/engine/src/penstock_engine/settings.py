"""Makes what every component is given at creation, the same way for both front ends."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar  # Any: shared objects can be anything

from penstock_api import BuildInfo, Clock, ComponentId, Kind, Meter, Report, Settings, Status
from penstock_engine.log import FieldLog
from penstock_engine.status import Reporter, StatusBoard
from penstock_engine.supervisor import TaskScope

__all__ = ("Kit",)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What all components of one service have in common. One kit serves one build of one graph."""

    build: BuildInfo
    clock: Clock
    meter: Meter
    log: logging.Logger
    board: StatusBoard
    _shared: dict[tuple[Kind, ComponentId], Any] = field(default_factory=dict)
    _scopes: list[TaskScope] = field(default_factory=list)

    def settings(
        self,
        kind: Kind,
        name: ComponentId,
        *,
        pipelines: tuple[str, ...] = (),
        fields: Mapping[str, str] | None = None,
    ) -> Settings:
        """The settings of one instance of the component `name`; `fields` are added to all it logs."""
        report = Reporter(self.board, kind, name, pipelines)
        log = _adapter(self.log, kind, name, fields or {})
        return Settings(
            kind=kind,
            id=name,
            build=self.build,
            log=log,
            meter=self.meter,
            clock=self.clock,
            tasks=self._scope(f"{kind} {name}", report, log),
            report=report,
            share=lambda make: self._share(kind, name, make),
        )

    async def close(self) -> None:
        """End every task that a component left running. To be called once all have been shut down."""
        for scope in self._scopes:
            await scope.close()

    def _scope(self, owner: str, report: Report, log: FieldLog) -> TaskScope:
        def failed(error: BaseException) -> None:
            log.error("task failed", exc_info=error)
            report(Status.FATAL_ERROR, f"{type(error).__name__}: {error}")

        scope = TaskScope(owner, failed, log)
        self._scopes.append(scope)
        return scope

    def _share(self, kind: Kind, name: ComponentId, make: Callable[[], T]) -> T:
        if (kind, name) not in self._shared:
            self._shared[kind, name] = make()
        made: T = self._shared[kind, name]
        return made


def _adapter(log: logging.Logger, kind: Kind, name: ComponentId, fields: Mapping[str, str]) -> FieldLog:
    return FieldLog(log, {"otelcol.component.kind": kind.value, "otelcol.component.id": str(name), **fields})
