"""One component object, started once and stopped once however many nodes it serves."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from penstock_api import ConfigError, Deadline, Drain, Report, Shutdown, Start, StartError, Status, within
from penstock_engine.graph import Graph, GraphError
from penstock_engine.payload import Payload
from penstock_engine.status import Reporter

__all__ = ("GRACE_SECONDS", "Unit", "created", "cut", "feeding", "itself", "levels", "unreported")

GRACE_SECONDS: Final = 1.0
"""Components keep the deadline of a stop themselves; this much later all that still runs is cut off."""

P = TypeVar("P", bound=Payload)
T = TypeVar("T")


def created(label: str, create: Callable[[], T]) -> T:
    """What `create` makes. Whatever it raises becomes a `StartError` that names it, but a `ConfigError`."""
    try:
        return create()
    except ConfigError:
        raise
    except Exception as error:
        raise StartError(f"failed to create {label}: {error}") from error


def unreported(status: Status, error: str = "") -> None:
    """For what has no status of its own: a channel, a server of the runtime."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A component object and how it is called: `label` names it to a user, e.g. `"otlp" receiver`."""

    label: str
    component: object
    report: Report

    async def start(self) -> None:
        """Start the component. Raises `StartError` that names it, whatever it raised itself."""
        self.report(Status.STARTING)
        if isinstance(self.component, Start):
            try:
                await itself(self.component.start())
            except Exception as error:
                self.report(Status.PERMANENT_ERROR, str(error))
                raise StartError(f"failed to start {self.label}: {error}") from error
        if not isinstance(self.report, Reporter) or self.report.latest is Status.STARTING:
            self.report(Status.OK)  # unless the component has said how it is

    def drain(self, deadline: Deadline) -> str:
        """Tell the component that a stop has begun; an error is returned as text."""
        if not isinstance(self.component, Drain):
            return ""
        try:
            self.component.drain(deadline)
        except Exception as error:  # noqa: BLE001 - one failure never stops the rest
            return f"failed to begin to drain {self.label}: {error}"
        return ""

    async def stop(self, deadline: Deadline) -> str:
        """Stop the component by `deadline`; an error is returned as text: others must be stopped too."""
        self.report(Status.STOPPING)
        problem = await self._shutdown(deadline) if isinstance(self.component, Shutdown) else ""
        self.report(Status.PERMANENT_ERROR if problem else Status.STOPPED, problem)
        return problem

    async def _shutdown(self, deadline: Deadline) -> str:
        assert isinstance(self.component, Shutdown)
        try:
            async with within(deadline.clock, cut(deadline).remaining()):
                await itself(self.component.shutdown(deadline))
        except TimeoutError:
            return f"failed to shut down {self.label}: still running at the deadline"
        except Exception as error:  # noqa: BLE001 - one failure never stops the rest
            return f"failed to shut down {self.label}: {error}"
        return ""


def cut(deadline: Deadline) -> Deadline:
    """When what has not ended by `deadline` is cut off."""
    return Deadline(deadline.clock, deadline.at + GRACE_SECONDS)


async def itself(work: Awaitable[None]) -> None:
    """Await `work`. A cancellation that nobody asked for is an error like any other, and not the caller's.

    A component raises it when it awaits a task of its own that it has cancelled.
    """
    try:
        await work
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("it awaited a task that was cancelled") from error


def feeding(graph: Graph[P], units: Mapping[str, Unit]) -> Mapping[Unit, frozenset[Unit]]:
    """For every unit those that feed it. `units` maps every node to its unit; one may serve several nodes."""
    feeds: dict[Unit, set[Unit]] = {unit: set() for unit in units.values()}
    for edge in graph.edges:
        source, target = units[edge.source], units[edge.target]
        if source is not target:
            feeds[target].add(source)
    return {unit: frozenset(before) for unit, before in feeds.items()}


def levels(graph: Graph[P], units: Mapping[str, Unit]) -> tuple[tuple[Unit, ...], ...]:
    """Units by stopping order: all that feeds a unit stands in an earlier level; sources are the first.

    `units` maps every node to its unit; one unit may serve several nodes.
    """
    feeds = feeding(graph, units)
    sources = {units[node] for node in graph.nodes if graph.is_source(node)}
    placed: dict[Unit, int] = {}
    while len(placed) < len(feeds):
        left = {unit: before for unit, before in feeds.items() if unit not in placed}
        found = {unit: _level(unit, before, sources, placed) for unit, before in left.items()}
        new = {unit: level for unit, level in found.items() if level is not None}
        if not new:
            stuck = ", ".join(unit.label for unit in feeds if unit not in placed)
            raise GraphError(f"components that share an object feed each other: {stuck}")
        placed.update(new)
    return _grouped(feeds, placed)


def _level(unit: Unit, before: Iterable[Unit], sources: set[Unit], placed: Mapping[Unit, int]) -> int | None:
    if unit in sources and not before:
        return 0
    known = [placed.get(one) for one in before]
    if None in known:
        return None
    return 1 + max((level for level in known if level is not None), default=0)


def _grouped(order: Iterable[Unit], placed: Mapping[Unit, int]) -> tuple[tuple[Unit, ...], ...]:
    ranked: Sequence[list[Unit]] = [[] for _ in range(max(placed.values(), default=-1) + 1)]
    for unit in order:
        ranked[placed[unit]].append(unit)
    return tuple(tuple(units) for units in ranked if units)
