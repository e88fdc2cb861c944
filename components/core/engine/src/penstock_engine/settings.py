"""Makes what every component is given at creation, the same way for both front ends."""

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar  # Any: shared objects can be anything

from penstock_api import (
    BuildInfo,
    Clock,
    ComponentId,
    Deadline,
    ExtensionSettings,
    Host,
    Kind,
    Meter,
    Report,
    Series,
    Settings,
    Status,
)
from penstock_api.capability import NO_CAPABILITIES, Capabilities
from penstock_api.topics import NO_TOPICS, Topics
from penstock_engine.log import FieldLog
from penstock_engine.own import Own, fields_of
from penstock_engine.status import Reporter, StatusBoard
from penstock_engine.supervisor import TaskScope
from penstock_engine.units import cut

__all__ = ("Kit",)

T = TypeVar("T")

_KIND: Final = "otelcol.component.kind"
_ID: Final = "otelcol.component.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What all components of one service have in common. One kit serves one build of one graph.

    `fields` are added to all that is logged; together with kind and id of a component they tell whose record
    it is. `metrics` reads the service's own ones, `resource` says who it is. `reuse_port` is for processes
    that share their ports; `copy` is which of several copies of a pipeline the components are of.
    """

    build: BuildInfo
    clock: Clock
    meter: Meter
    log: logging.Logger
    board: StatusBoard
    topics: Topics = NO_TOPICS
    metrics: Callable[[], Iterable[Series]] = tuple
    resource: Mapping[str, str] = field(default_factory=dict)
    reuse_port: bool = False
    copy: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    _serving: dict[tuple[object, object], set[str]] = field(default_factory=dict)
    _shared: dict[tuple[Kind, ComponentId], Any] = field(default_factory=dict)
    _scopes: list[TaskScope] = field(default_factory=list)

    def settings(
        self,
        kind: Kind,
        name: ComponentId,
        *,
        pipelines: tuple[str, ...] = (),
        fields: Mapping[str, str] | None = None,
        capabilities: Capabilities = NO_CAPABILITIES,
    ) -> Settings:
        """The settings of one instance of the component `name`; `fields` are added to all it logs."""
        report = Reporter(self.board, kind, name, pipelines)
        log = FieldLog(self.log, {_KIND: kind.value, _ID: str(name), **self.fields, **(fields or {})})
        self._serving.setdefault((kind.value, str(name)), set()).update(pipelines)
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
            capabilities=capabilities,
            topics=self.topics,
            own=Own(self.metrics, lambda record: self._is_echo(record, pipelines), self.resource),
            reuse_port=self.reuse_port,
            copy=self.copy,
            scope="/".join(self.fields.values()),
        )

    def extension_settings(
        self,
        name: ComponentId,
        host: Host,
        *,
        fields: Mapping[str, str] | None = None,
        capabilities: Capabilities = NO_CAPABILITIES,
    ) -> ExtensionSettings:
        """The settings of the extension `name`, which looks at the service through `host`."""
        base = self.settings(Kind.EXTENSION, name, fields=fields, capabilities=capabilities)
        given = {one.name: getattr(base, one.name) for one in dataclasses.fields(Settings)}
        return ExtensionSettings(**given, host=host)

    async def close(self, deadline: Deadline | None = None) -> None:
        """End every task that a component left running. To be called once all have been shut down.

        `deadline` is that of the stop: what does not end within `GRACE_SECONDS` after it is left.
        """
        last = cut(deadline) if deadline is not None else None
        await asyncio.gather(*(scope.close(last) for scope in self._scopes))

    def _is_echo(self, record: logging.LogRecord, pipelines: tuple[str, ...]) -> bool:
        """Whether `record` is of a component that what is fed into `pipelines` may reach."""
        found = fields_of(record)
        serving = self._serving.get((found.get(_KIND), found.get(_ID)), frozenset[str]())
        same = all(found.get(key) == value for key, value in self.fields.items())
        return same and not serving.isdisjoint(pipelines)

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
