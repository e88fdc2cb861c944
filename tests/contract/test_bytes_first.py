"""Telemetry that nobody opens stays bytes: what it costs does not grow with the number of its items."""

import asyncio
import tracemalloc

import pytest

from penstock_api import Signal, batch_type
from penstock_api.exporting import Exporting
from penstock_processor_batch import factory
from penstock_testkit import make, make_settings, running

MANY = 10_000
LEAST_OBJECT = 16
"""Bytes: no Python object is smaller."""


class Wire:
    """An exporter that sends buffers as they are."""

    def __init__(self):
        self.sent = 0
        self.called = asyncio.Event()

    async def consume(self, batch):
        self.sent += sum(map(len, batch.wire))
        self.called.set()


@pytest.mark.parametrize("signal", list(Signal))
async def test_a_request_passes_from_wire_to_wire_without_an_object_per_item(signal):
    data, wire, kind = make(signal, MANY).to_bytes(), Wire(), batch_type(signal)
    exporter = Exporting(make_settings(), signal, wire)
    config = factory.config(send_batch_size=MANY)
    async with running(getattr(factory, f"create_{signal}")(make_settings(), config, exporter)) as processor:

        async def through() -> None:
            wire.called.clear()
            await processor.consume(kind.from_wire(data))
            await wire.called.wait()

        await through()  # what is made once is made now
        tracemalloc.start()
        try:
            await through()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert wire.sent == 2 * len(data)
    assert peak < MANY * LEAST_OBJECT
