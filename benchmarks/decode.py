"""A processor that only has every batch decoded, for the rows that measure what that costs."""

from penstock_api import Config, Consumer, ProcessorFactory, Settings, Traces

__all__ = ("factory",)


class DecodeConfig(Config):
    """There is nothing to configure."""


class _Decode:
    """Asks for the messages of a batch, as a component does that looks into items."""

    def __init__(self, _settings: Settings, _config: DecodeConfig, onward: Consumer[Traces]) -> None:
        self._onward = onward

    async def consume(self, batch: Traces, /) -> None:
        """Decode all of it, and pass it on."""
        batch.message()
        await self._onward.consume(batch)


factory = ProcessorFactory(kind="decode", config=DecodeConfig, create_traces=_Decode)
