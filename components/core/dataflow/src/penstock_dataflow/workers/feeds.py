"""The extensions around a pipeline as a worker runs them: proxies with a small life of their own."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final  # Any: values and handles of capabilities

from penstock_api import Active, Capabilities, Clock, Cloned, Control, Tasks
from penstock_api.capability import Publisher, Watch, known_capabilities, watch_channel
from penstock_dataflow.workers.calls import Caller
from penstock_dataflow.workers.messages import OuterOffer, Push, Unavailable
from penstock_dataflow.workers.proxies import Behind, proxy_of
from penstock_dataflow.workers.quota import LeasedQuota
from penstock_engine.extensions import Declaration, ExtensionSpec

__all__ = ("Feeds",)

_FED: Final = frozenset(("api_key", "basic_credentials", "bearer_token_provider", "dataset_lookup"))
_READY_SECONDS: Final = 30.0
_SILENT: Final = Unavailable("the engine has not told yet")


class Feeds:
    """What the engine pushes, by extension and capability, and the proxies that read it."""

    def __init__(self, offers: Iterable[OuterOffer], caller: Caller, clock: Clock, tasks: Tasks) -> None:
        self._offers = tuple(offers)
        self._caller = caller
        self._clock = clock
        self._tasks = tasks
        self._publishers: dict[tuple[str, str], Publisher[Any]] = {}
        self._watches: dict[tuple[str, str], Watch[Any]] = {}
        for offer in self._offers:
            for name in offer.capabilities:
                key = (offer.extension, name)
                self._publishers[key], self._watches[key] = watch_channel(_SILENT)

    def take(self, push: Push) -> None:
        """Give a value to its proxy."""
        self._publishers[push.extension, push.capability].publish(push.value)

    def specs(self) -> list[ExtensionSpec]:
        """An extension for each one around the pipeline."""
        return [self._spec(offer) for offer in self._offers]

    def _spec(self, offer: OuterOffer) -> ExtensionSpec:
        keys = tuple(known_capabilities()[name] for name in offer.capabilities)
        declaration = Declaration(
            id=offer.extension, label=f"extension {offer.extension} of the engine", capabilities=keys
        )

        def create(_: Capabilities) -> Active:
            quotas: list[LeasedQuota] = []
            first, *more = (Cloned(key, self._handle(offer, key.name, quotas)) for key in keys)
            watches = [self._watches[offer.extension, name] for name in offer.capabilities if name in _FED]
            return Active(_Life(watches, quotas, self._tasks), first, tuple(more), readiness=_READY_SECONDS)

        return ExtensionSpec(declaration=declaration, create=create)

    def _handle(self, offer: OuterOffer, capability: str, quotas: list[LeasedQuota]) -> Any:
        if capability == "rate_limiter":
            quota = LeasedQuota(
                lambda units: self._caller.call(offer.extension, capability, "lease", units), self._clock
            )
            quotas.append(quota)
            return quota.handle()
        return proxy_of(
            Behind(
                extension=offer.extension,
                capability=capability,
                caller=self._caller,
                clock=self._clock,
                fed=self._watches[offer.extension, capability],
                fact=offer.facts.get(capability),
            )
        )


class _Life:
    """Ready when every value has come once; leases quotas while it runs."""

    def __init__(self, watches: list[Watch[Any]], quotas: list[LeasedQuota], tasks: Tasks) -> None:
        self._watches = watches
        self._quotas = quotas
        self._tasks = tasks

    async def run(self, control: Control) -> None:
        """Until `Stop`."""
        leasing = [self._tasks.spawn(quota.refill(), name="lease quota") for quota in self._quotas]
        waiting = self._tasks.spawn(self._ready(control), name="wait for the engine")
        try:
            while await control.wait() is None:
                """Nothing else is ever said to a proxy."""
        finally:
            for task in (*leasing, waiting):
                task.cancel()
            await asyncio.wait((*leasing, waiting))

    async def _ready(self, control: Control) -> None:
        for watch in self._watches:
            async for value in watch.values():
                if value is not _SILENT:
                    break
        for quota in self._quotas:
            await quota.leased.wait()
        control.ready()
