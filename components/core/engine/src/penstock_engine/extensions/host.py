"""The extensions of one scope: created, given out, started before those who use them, stopped after."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from penstock_api import Config, Deadline, StartError
from penstock_engine.extensions.claims import Claims
from penstock_engine.extensions.declaration import Binding, ExtensionSpec
from penstock_engine.extensions.life import Life
from penstock_engine.extensions.registry import Member, Registry
from penstock_engine.extensions.state import ExtensionStatus
from penstock_engine.extensions.surroundings import HostKit
from penstock_engine.extensions.use import check_use, needed

__all__ = ("ExtensionHost",)


class ExtensionHost:
    """All extensions of one scope: an engine's, a group's, those of one copy of a pipeline, or a collector's.

    In this order: `build`; `claims` for every component, each sealed when that is created; `check_use`;
    `seal`, unless it is an outer host; `start` before the first component, `stop` after the last one. With an
    outer host components come and go: `start` then starts what has been claimed since the last time.
    `failed` is set when an extension fails while it runs; `error` then says which and why.
    """

    def __init__(
        self,
        registry: Registry,
        depths: Mapping[str, int],
        specs: Sequence[ExtensionSpec],
        kit: HostKit,
        outer: "ExtensionHost | None",
        *,
        start_unused: bool,
    ) -> None:
        """For `build`."""
        self.failed = asyncio.Event()
        self.error = ""
        self._registry: Registry | None = registry
        self._members: Mapping[str, Member] = dict(registry.own)
        self._depths = depths
        self._kit = kit
        self._outer = outer
        self._start_unused = start_unused
        self._given: list[tuple[Member, Claims]] = registry.given
        self._news = asyncio.Event()
        self._starting = asyncio.Lock()
        self._is_stopping = False
        reports = {spec.declaration.id: spec.report for spec in specs}
        if kit.monitor is not None:
            for name, member in self._members.items():
                kit.monitor.know(name, member.bundle)
        self._lives = {
            name: Life(member.declaration, member.bundle, kit, reports[name], self._look)
            for name, member in self._members.items()
        }

    @classmethod
    def build(
        cls,
        specs: Sequence[ExtensionSpec],
        kit: HostKit,
        *,
        outer: Self | None = None,
        one_by_one: bool = False,
        start_unused: bool = False,
    ) -> Self:
        """Create every extension, each after those it needs; nothing runs yet.

        `one_by_one` starts each only after the one before, in the order given, needs first; else all that
        need nothing of each other start together. `start_unused` also starts those that nobody claims.

        Raises `CapabilityClaimError` when one asks for what it cannot have, and `StartError` naming one that
        cannot be created.
        """
        registry = Registry(outer.registry if outer else None)
        try:
            depths = registry.create(specs)
        except BaseException:
            registry.release()
            raise
        if one_by_one:
            depths = {name: place for place, name in enumerate(depths)}
        return cls(registry, depths, specs, kit, outer, start_unused=start_unused)

    @property
    def registry(self) -> Registry | None:
        """What claims look into; None once the host is sealed."""
        return self._registry

    def claims(self, consumer: str, bindings: Sequence[Binding], remedy: str = "") -> Claims:
        """What one component gets as `Settings.capabilities`: seal it when the component is created.

        `consumer` is how messages call the component; `remedy` tells how to bind a capability, with `%s` for
        its name. Raises the first `CapabilityClaimError` of `bindings`.
        """
        if self._registry is None:
            raise RuntimeError(f"claims after the host was sealed: {consumer}")
        return self._registry.claims_for(consumer, bindings, remedy)

    def check_use(self, *, strict: bool = False) -> None:
        """Warn of extensions that nobody uses; when `strict` raise `ConfigError` with all of them instead."""
        check_use(self._members.values(), self._kit.log, strict=strict)

    def seal(self) -> None:
        """All components are created: from now on nothing leads from one to an extension but its handles."""
        for claims in self._registry.claims if self._registry else ():
            claims.seal()
        self._registry = None

    async def start(self) -> None:
        """Start outer hosts, and what is used here and does not run yet; return when all are ready.

        Raises `StartError` at the first failure, and when `stop` comes first; what has started is then still
        to be stopped.
        """
        if self._outer is not None:
            await self._outer.start()
        async with self._starting:
            self._raise_failure()
            for names in self._levels():
                lives = [self._lives[name] for name in names]
                for life in lives:
                    life.spawn()
                await self._barrier(lives)

    async def stop(self, deadline: Deadline | None = None, reason: str = "shutdown") -> tuple[str, ...]:
        """Stop all, each after those that need it, and give back what was claimed from outer hosts.

        Without a `deadline` each has the kit's `grace`. Safe before `start`, and twice. Returns what
        went wrong.
        """
        self._is_stopping = True
        self._news.set()
        problems: list[str] = []
        for level in sorted(set(self._depths.values()), reverse=True):
            lives = [life for name, life in self._lives.items() if self._depths[name] == level]
            limit = self._limit(deadline)
            problems += await asyncio.gather(*(life.stop(limit, reason) for life in lives))
        if self._kit.monitor is not None:
            for member in self._members.values():
                self._kit.monitor.forget(member.bundle)
        self.release()
        return tuple(problem for problem in problems if problem)

    def release(self) -> None:
        """Give back what was claimed from outer hosts, for a host that is not to be started."""
        while self._given:
            member, claims = self._given.pop()
            member.release(claims)

    async def reconfigure(self, name: str, config: Config) -> str:
        """Offer a new config to the extension `name`. Returns why it does not take it; empty when it does.

        Raises `KeyError` when there is no such extension here.
        """
        return await self._lives[name].reconfigure(config)

    def statuses(self) -> tuple[ExtensionStatus, ...]:
        """Every extension of this host now, in the order in which they were created."""
        return tuple(
            ExtensionStatus(
                id=name,
                label=life.label,
                state=life.state,
                error=life.error,
                ready=life.ready,
                restarts=life.restarts,
                capabilities=tuple(sorted(self._members[name].offers)),
                consumers=tuple(dict.fromkeys(one.consumer for one in self._members[name].claimed)),
            )
            for name, life in self._lives.items()
        )

    def _levels(self) -> Iterator[list[str]]:
        """What is to be started now, in order."""
        used = set(self._members) if self._start_unused else needed(self._members.values())
        waiting = [name for name in self._depths if name in used and not self._lives[name].is_spawned]
        for level in sorted({self._depths[name] for name in waiting}):
            yield [name for name in waiting if self._depths[name] == level]

    async def _barrier(self, lives: Sequence[Life]) -> None:
        """Return when all `lives` run and are ready."""
        while True:
            self._news.clear()
            self._raise_failure()
            if all(life.can_serve for life in lives):
                break
            await self._news.wait()
        for life in lives:
            life.serve()

    def _raise_failure(self) -> None:
        if self._is_stopping:
            raise StartError("stopped before all extensions were ready")
        for life in self._lives.values():
            if life.is_failed:
                raise StartError(life.error) from life.cause

    def _look(self) -> None:
        """Something has happened to an extension."""
        self._news.set()
        lost = next((life for life in self._lives.values() if life.is_failed), None)
        if lost is not None and not self.failed.is_set():
            self.error = lost.error
            self.failed.set()

    def _limit(self, deadline: Deadline | None) -> Deadline:
        clock, grace = self._kit.clock, self._kit.grace
        if deadline is not None and (grace is None or deadline.remaining() < grace):
            return deadline
        return Deadline.after(clock, 5.0 if grace is None else grace)
