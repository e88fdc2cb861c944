"""Sends batches as OTLP requests."""

from collections.abc import Callable, Sequence

from penstock_api import AnyBatch, Deadline, RetryableError, Settings
from penstock_api.exporting.answers import note_partial
from penstock_exporter_otlp_http.compress import Compress
from penstock_exporter_otlp_http.outcome import error_of, partial_of, shown
from penstock_exporter_otlp_http.transport import PostError, Transport

__all__ = ("OtlpHttpExporter",)


class OtlpHttpExporter:
    """One request per batch, to the URL of its signal."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        transport: Transport,
        encode: Callable[[AnyBatch], Sequence[bytes]],
        compress: Compress | None,
    ) -> None:
        self._log = settings.log
        self._clock = settings.clock
        self._url = url
        self._transport = transport
        self._encode = encode
        self._compress = compress

    async def start(self) -> None:
        """Get ready to connect; the server may be down."""
        await self._transport.start()

    async def consume(self, batch: AnyBatch, /) -> None:
        """Send `batch`. Raises `RetryableError` or `PermanentError` as the response says."""
        body = self._encode(batch)
        if self._compress is not None:
            body = self._compress(body)
        try:
            response = await self._transport.post(body)
        except PostError as error:
            raise RetryableError(f"no response from {shown(self._url)}: {error}") from error
        if not 200 <= response.status < 300:
            raise error_of(self._url, response, self._clock.wall_ns())
        note_partial(self._log, partial_of, response)

    async def shutdown(self, _deadline: Deadline, /) -> None:
        """Close all connections."""
        await self._transport.close()
