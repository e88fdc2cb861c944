"""Sends log records into a durable buffer until somebody ends the process; prints the number of each accepted.

`killed.py <folder>`
"""

import asyncio
import sys

from penstock_api import RetryableError
from penstock_engine.clock import LoopClock
from penstock_processor_durable_buffer import DurableBufferConfig, factory
from penstock_testkit import RecordingConsumer, logs, make_settings


async def main(folder):
    settings = make_settings("processor", "durable_buffer", clock=LoopClock())
    onward = RecordingConsumer(always=RetryableError("the backend is down"))
    buffer = factory.create_logs(settings, DurableBufferConfig(path=folder), onward)
    await buffer.start()

    async def send(sender):
        for number in range(sender, 1_000_000, 4):
            await buffer.consume(logs(1, first=number))
            print(number, flush=True)  # noqa: T201 - it is read by the test

    await asyncio.gather(*(send(sender) for sender in range(4)))


asyncio.run(main(sys.argv[1]))
