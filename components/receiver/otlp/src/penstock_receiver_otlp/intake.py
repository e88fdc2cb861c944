"""Where batches enter the pipelines, and are counted: one intake per signal and transport."""

from functools import lru_cache

from penstock_api import (
    AnyBatch,
    Client,
    Consumer,
    PartialError,
    ServerAuth,
    Settings,
    Signal,
    batch_type,
)
from penstock_receiver_otlp.transport import Pairs

__all__ = ("Intake", "anonymous")

_UNITS = {Signal.TRACES: "{spans}", Signal.METRICS: "{datapoints}", Signal.LOGS: "{records}"}


class Intake:
    """Offers batches of one signal to the pipelines."""

    def __init__(
        self,
        settings: Settings,
        signal: Signal,
        onward: Consumer[AnyBatch],
        transport: str,
        *,
        metadata: bool,
        auth: ServerAuth | None = None,
    ) -> None:
        """Count as received by `transport`.

        `metadata` has headers kept with the batch; `auth` lets senders in.
        """
        self.signal = signal
        self.batches = batch_type(signal)
        self._consume = onward.consume
        self.metadata = metadata
        self.auth = auth
        labels = {"receiver": str(settings.id), "transport": transport}
        unit = _UNITS[signal]
        counter = settings.meter.counter
        self._accepted = counter(f"otelcol_receiver_accepted_{signal.items}", unit=unit, **labels)
        self._refused = counter(f"otelcol_receiver_refused_{signal.items}", unit=unit, **labels)

    def client(self, peer: str, headers: Pairs) -> Client:
        """Who sent a request from `peer` with `headers`, which are looked at only if metadata is kept."""
        return Client(peer, _by_name(headers)) if self.metadata else anonymous(peer)

    async def admit(self, auth: ServerAuth, peer: str, headers: Pairs) -> Client:
        """Who sent a request, if `auth` lets them in. Raises what it raises."""
        known = _by_name(headers)
        identity = await auth.authenticate(known, peer)
        return Client(peer, known if self.metadata else {}, identity)

    async def offer(self, batch: AnyBatch) -> PartialError | None:
        """Return when the pipelines have accepted `batch`; what they refused of it is the result.

        Raises what they raise.
        """
        items = len(batch)
        if not items:
            return None
        try:
            await self._consume(batch)
        except PartialError as error:
            rejected = min(max(error.rejected, 0), items)
            self._refused.add(rejected)
            self._accepted.add(items - rejected)
            return error
        except BaseException:
            self._refused.add(items)
            raise
        self._accepted.add(items)
        return None


@lru_cache(maxsize=1024)
def anonymous(peer: str) -> Client:
    """A sender of which only the address is known: one object for all of its requests."""
    return Client(peer)


def _by_name(headers: Pairs) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        key = name.decode("latin-1")
        found[key] = (*found.get(key, ()), value.decode("latin-1"))
    return found
