"""What telling metrics and telling logs have in common: a rhythm, and counting what is refused."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from penstock_api import (
    AnyBatch,
    ConsumeError,
    Consumer,
    Deadline,
    PartialError,
    Settings,
    Signal,
    within,
)
from penstock_receiver_internal_telemetry.values import attributes_of

__all__ = ("Teller", "dropped", "resource_of")

B = TypeVar("B", bound=AnyBatch)
_DROPPED: Final = "otelcol_receiver_internal_telemetry_dropped_items"


def resource_of(settings: Settings) -> Resource:
    """Who speaks: the service."""
    build = settings.build
    told = {"service.name": build.command, "service.version": build.version, **settings.own.resource}
    return Resource(attributes=attributes_of(told))


def dropped(settings: Settings, signal: Signal, reason: str) -> Callable[[float], None]:
    """Counts items that are lost for `reason`."""
    counter = settings.meter.counter(
        _DROPPED, unit="{items}", receiver=str(settings.id), signal=signal.value, reason=reason
    )
    return counter.add


class Teller(Generic[B]):
    """Passes on what `collect` gives, again and again, and once more at the end."""

    def __init__(
        self,
        settings: Settings,
        signal: Signal,
        interval: float,
        collect: Callable[[], B | None],
        onward: Consumer[B],
    ) -> None:
        self._settings = settings
        self._signal = signal
        self._interval = interval
        self._collect = collect
        self._onward = onward
        self._refused = dropped(settings, signal, "refused")
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = self._settings.tasks.spawn(self._run(), name=f"tell own {self._signal}")

    async def shutdown(self, deadline: Deadline) -> None:
        """Tell the last, by `deadline`."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait((task,))
        if deadline.remaining() > 0:
            with contextlib.suppress(TimeoutError):
                async with within(deadline.clock, deadline.remaining()):
                    await self._tell()

    async def _run(self) -> None:
        while True:
            await self._settings.clock.sleep(self._interval)
            await self._tell()

    async def _tell(self) -> None:
        while (batch := self._collect()) is not None:
            items = len(batch)
            try:
                await self._onward.consume(batch)
            except PartialError as error:
                self._refused(min(items, error.rejected))
            except ConsumeError:
                self._refused(items)  # not logged: that record would come next
            except BaseException:
                self._refused(items)
                raise
            if self._signal is Signal.METRICS:
                return
