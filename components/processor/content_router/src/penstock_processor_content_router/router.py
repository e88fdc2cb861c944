"""The router: each resource's telemetry to the output for its value."""

from collections.abc import Mapping
from typing import Final

from penstock_api import (
    AnyBatch,
    ConfigError,
    ConsumeError,
    Consumer,
    Outputs,
    PartialError,
    PermanentError,
    RetryableError,
    Settings,
)
from penstock_processor_content_router.config import ContentRouterConfig
from penstock_processor_content_router.resources import entries_of, request_of, resource_of, value_of

__all__ = ("ContentRouter",)

_REMEMBERED: Final = 1024
_NOWHERE: Final = ""


class ContentRouter:
    """Splits a batch by resource where its resources go different ways. Has nothing to start or to flush."""

    def __init__(self, _settings: Settings, config: ContentRouterConfig, outputs: Outputs) -> None:
        """Raises `ConfigError` when an output that the config names is not connected."""
        self._key = config.routing_key.resource_attribute
        self._fold = config.fold
        self._routes = {config.fold(value): output for value, output in config.routes.items()}
        self._default = config.default_output
        self._outputs = _connected(config, outputs)
        self._known: dict[bytes, str] = {}

    async def consume(self, batch: AnyBatch, /) -> None:
        """Pass each part of `batch` on. Raises what the outputs raise.

        When a part may be offered again all of it may; else the items that were refused for good are told.
        """
        parts = self._parts(batch)
        if len(parts) == 1:
            [(output, part)] = parts.items()
            await self._pass_on(output, part)
            return
        errors: list[tuple[int, Exception]] = []
        for output, part in parts.items():
            try:
                await self._pass_on(output, part)
            except Exception as error:  # noqa: BLE001 - one output keeps the others from nothing
                errors.append((len(part), error))
        if errors:
            raise _joined(errors)

    async def _pass_on(self, output: str, part: AnyBatch) -> None:
        if output == _NOWHERE:
            raise PermanentError(f"no route for the value of resource attribute {self._key}")
        await self._outputs[output].consume(part)

    def _parts(self, batch: AnyBatch) -> Mapping[str, AnyBatch]:
        """The part of `batch` for each output; the batch itself when all of it goes one way."""
        found: dict[str, list[bytes]] = {}
        for data in batch.wire:
            for entry in entries_of(data):
                found.setdefault(self._output_of(resource_of(entry)), []).append(entry)
        if len(found) <= 1:
            return {next(iter(found), self._default): batch}
        kind, client = type(batch), batch.client
        return {output: kind.from_wire(request_of(entries), client) for output, entries in found.items()}

    def _output_of(self, resource: bytes) -> str:
        """Resources come again and again: the bytes of those seen last are remembered."""
        output = self._known.get(resource)
        if output is None:
            value = value_of(resource, self._key)
            output = self._default if value is None else self._routes.get(self._fold(value), self._default)
            if len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[resource] = output
        return output


def _connected(config: ContentRouterConfig, outputs: Outputs) -> dict[str, Consumer[AnyBatch]]:
    found = {name: outputs.get(name) for name in config.outputs()}
    missing = [name for name, consumer in found.items() if consumer is None]
    if missing:
        what = f"outputs of routes that are not connected: {', '.join(missing)}"
        raise ConfigError.single(what, path=("routes",), hint="connect them, or remove their routes")
    return {name: consumer for name, consumer in found.items() if consumer is not None}


def _joined(errors: list[tuple[int, Exception]]) -> Exception:
    """One error for the whole batch, of which other parts were accepted."""
    for _, error in errors:
        if isinstance(error, RetryableError) or not isinstance(error, ConsumeError):
            return error
    rejected = sum(
        min(error.rejected, items) if isinstance(error, PartialError) else items for items, error in errors
    )
    return PartialError("; ".join(str(error) for _, error in errors), rejected=rejected)
