"""A sending queue in a store: what was accepted is sent, whatever happens to the process."""

import asyncio
import contextlib
import logging
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock_api import (
    Client,
    Deadline,
    Identity,
    MalformedError,
    PermanentError,
    RetryableError,
    Signal,
    StartError,
    Traces,
)
from penstock_api.capability import (
    CapabilityError,
    CapabilityNotBoundError,
    Delete,
    Put,
)
from penstock_api.exporting import Exporting, QueueConfig, RetryConfig
from penstock_api.exporting.stored import StoredKey, pack, unpack
from penstock_testkit import (
    FakeCapabilities,
    FakeClock,
    RecordingConsumer,
    make_settings,
    names_of,
    settle,
    traces,
)

NAMESPACE = "exporter/otlp/a/traces"


class Disk:
    """A store that outlives exporters. `gate` makes changes wait, `broken` makes them fail."""

    def __init__(self):
        self.values = {}
        self.gate = None
        self.broken = False

    async def get(self, namespace, key):
        self._check()
        return self.values.get((namespace, key))

    async def apply(self, namespace, changes):
        if self.gate is not None:
            await self.gate.wait()
        self._check()
        for change in changes:
            match change:
                case Put(key, value):
                    self.values[namespace, key] = value
                case Delete(key):
                    self.values.pop((namespace, key), None)

    async def keys(self, namespace, prefix=""):
        self._check()
        return tuple(
            sorted(key for space, key in self.values if space == namespace and key.startswith(prefix))
        )

    def _check(self):
        if self.broken:
            raise CapabilityError("db", "key_value_store", "disk is full")


class Process:
    """One run of an exporter on `disk`."""

    def __init__(self, disk, *, retry=None, clock=None, scope="", **queue):
        self.clock = clock or FakeClock()
        made = make_settings("exporter", "otlp/a", clock=self.clock)
        self.settings = replace(
            made, capabilities=FakeCapabilities({"key_value_store/sending_queue": disk}), scope=scope
        )
        self.backend = RecordingConsumer()
        config = QueueConfig(storage="db", **queue)
        self.exporter = Exporting(self.settings, Signal.TRACES, self.backend, queue=config, retry=retry)

    async def start(self):
        await self.exporter.start()
        return self

    async def kill(self):
        """End as `kill -9` does: nothing more happens."""
        await self.settings.tasks.cancel()

    async def stop(self, seconds=5.0):
        await self.exporter.shutdown(Deadline.after(self.clock, seconds))

    def count(self, name):
        return self.settings.meter.value(f"otelcol_exporter_{name}_spans", exporter="otlp/a")

    @property
    def names(self):
        return [name for batch in self.backend.batches for name in names_of(batch)]


async def test_nothing_is_accepted_before_it_is_durable():
    disk = Disk()
    disk.gate = asyncio.Event()
    process = await Process(disk).start()
    sending = asyncio.get_running_loop().create_task(process.exporter.consume(traces(3)))
    await settle()
    assert not sending.done()
    assert process.backend.offered == []
    disk.gate.set()
    await sending
    await process.backend.received(3)
    await process.stop()
    assert disk.values == {}


async def test_what_a_killed_process_had_accepted_is_sent_by_the_next_one():
    disk = Disk()
    first = await Process(disk).start()
    first.backend.hold()
    await first.exporter.consume(traces(3))
    await first.exporter.consume(traces(2, first=3))
    await settle()
    await first.kill()

    second = await Process(disk).start()
    await second.backend.received(5)
    assert sorted(second.names) == [f"span-{number}" for number in range(5)]
    assert second.count("sent") == 5
    await second.stop()
    assert disk.values == {}


async def test_what_cannot_be_sent_before_the_end_stays_and_is_not_counted_as_failed(caplog):
    caplog.set_level(logging.INFO)
    disk = Disk()
    first = Process(disk, retry=RetryConfig())
    first.backend.script(always=RetryableError("no route"))
    await first.start()
    await first.exporter.consume(traces(3))
    await settle()
    await first.stop()
    assert (first.count("sent"), first.count("send_failed"), first.count("enqueue_failed")) == (0, 0, 0)
    assert len(disk.values) == 1
    assert "What is stored will be sent after the next start." in caplog.messages
    assert "Exporting failed. Dropping data." not in caplog.messages

    second = await Process(disk).start()
    await second.backend.received(3)
    await second.stop()
    assert (second.count("sent"), disk.values) == (3, {})


async def test_what_waits_behind_a_backend_that_hangs_stays_too():
    disk, clock = Disk(), FakeClock()
    process = await Process(disk, clock=clock, num_consumers=1).start()
    process.backend.hold()
    for _ in range(3):
        await process.exporter.consume(traces(1))
    stop = asyncio.get_running_loop().create_task(process.stop(2.0))
    await clock.advance(2.5)
    await stop
    assert len(disk.values) == 3
    assert process.count("send_failed") == 0


async def test_what_is_refused_for_good_is_dropped_and_counted():
    disk = Disk()
    process = Process(disk)
    process.backend.script(always=PermanentError("no such tenant"))
    await process.start()
    await process.exporter.consume(traces(3))
    await settle()
    await process.stop()
    assert (process.count("send_failed"), disk.values) == (3, {})


async def test_what_cannot_be_stored_is_refused_and_counted():
    disk = Disk()
    process = await Process(disk).start()
    disk.broken = True
    with pytest.raises(
        RetryableError, match="the batch cannot be stored: key_value_store of extension db failed"
    ):
        await process.exporter.consume(traces(3))
    assert process.count("enqueue_failed") == 3
    assert process.settings.meter.value("otelcol_exporter_queue_size") == 0
    disk.broken = False
    await process.exporter.consume(traces(2))
    await process.backend.received(2)
    await process.stop()


async def test_a_sender_that_gives_up_while_its_batch_is_stored_leaves_nothing_behind():
    disk = Disk()
    process = await Process(disk).start()
    disk.gate = asyncio.Event()
    sending = asyncio.get_running_loop().create_task(process.exporter.consume(traces(3)))
    await settle()
    sending.cancel()
    await settle()
    disk.gate.set()
    await process.stop()
    assert (disk.values, process.backend.offered, process.count("enqueue_failed")) == ({}, [], 3)


async def test_a_store_that_cannot_be_read_at_start_is_an_error():
    disk = Disk()
    disk.broken = True
    with pytest.raises(
        StartError, match="cannot read the stored queue: key_value_store of extension db failed"
    ):
        await Process(disk).start()


async def test_a_store_that_fails_later_is_tried_again(caplog):
    disk, clock = Disk(), FakeClock()
    process = await Process(disk, clock=clock).start()
    process.backend.hold()
    await process.exporter.consume(traces(3))
    await settle()
    disk.broken = True
    process.backend.release()
    await process.backend.received(3)
    await clock.advance(1.0)
    assert len(disk.values) == 1
    disk.broken = False
    await clock.advance(1.0)
    assert disk.values == {}
    assert set(caplog.messages) == {"what was sent cannot be removed now"}
    await process.stop()


async def test_what_was_sent_and_cannot_be_removed_in_the_end_is_told(caplog):
    disk = Disk()
    process = await Process(disk).start()
    process.backend.hold()
    await process.exporter.consume(traces(3))
    await settle()
    disk.broken = True
    process.backend.release()
    await process.stop()
    assert "batches that were sent stay stored and are sent again" in caplog.messages


async def test_reading_waits_until_the_store_can_be_read():
    disk, clock = Disk(), FakeClock()
    first = await Process(disk).start()
    first.backend.hold()
    await first.exporter.consume(traces(3))
    await first.kill()
    second = Process(disk, clock=clock)
    await second.start()
    disk.broken = True
    await settle()
    disk.broken = False
    await clock.advance(1.0)
    await second.backend.received(3)
    await second.stop()


def test_what_is_no_stored_batch_is_told_from_one_that_is_cut_off():
    with pytest.raises(ValueError, match="it is cut off"):
        unpack(Traces, b"PNQ1")
    with pytest.raises(ValueError, match="it is not a stored batch"):
        unpack(Traces, b"x" * 40)


@pytest.mark.parametrize("value", [b"", b"PNQ1", b"PNQ1\0\0\0\2{}", b"PNQ1\0\0\0\1[rest", b"x" * 40, None])
async def test_a_stored_batch_that_cannot_be_read_is_dropped_and_counted(value, caplog):
    disk = Disk()
    disk.values[NAMESPACE, str(StoredKey(7, "run", 4, 100))] = value
    process = await Process(disk).start()
    await settle()
    assert process.count("send_failed") == 4
    assert process.settings.meter.value("otelcol_exporter_queue_size") == 0
    assert "Stored batch cannot be read. Dropping data." in caplog.messages
    await process.stop()
    assert disk.values == {}


async def test_a_key_of_somebody_else_stays(caplog):
    disk = Disk()
    disk.values[NAMESPACE, "mine"] = b"hands off"
    process = await Process(disk).start()
    await process.stop()
    assert disk.values == {(NAMESPACE, "mine"): b"hands off"}
    assert "what is stored is not the queue's and stays" in caplog.messages


@pytest.mark.parametrize(("sizer", "used"), [("requests", 2), ("items", 8), ("bytes", None)])
async def test_what_is_restored_takes_its_room(sizer, used):
    disk, one = Disk(), traces(4)
    first = await Process(disk).start()
    first.backend.hold()
    for _ in range(2):
        await first.exporter.consume(one)
    await first.kill()
    used = used or 2 * one.size
    second = Process(disk, sizer=sizer, queue_size=used)
    second.backend.hold()
    await second.start()
    assert second.settings.meter.value("otelcol_exporter_queue_size") == used
    with pytest.raises(RetryableError, match="sending queue is full"):
        await second.exporter.consume(one)
    second.backend.release()
    await second.backend.received(8)
    await second.stop()


async def test_batches_are_joined_and_all_of_them_removed():
    disk = Disk()
    clock = FakeClock()
    process = await Process(disk, clock=clock, batch={"min_size": 5, "flush_timeout": 1.0}).start()
    for _ in range(3):
        await process.exporter.consume(traces(2))
    await process.backend.received(6)
    assert len(process.backend.batches) == 1
    await process.stop()
    assert disk.values == {}


async def test_a_sender_that_waits_for_the_result_is_told_and_nothing_stays():
    disk = Disk()
    process = Process(disk, wait_for_result=True)
    process.backend.script(always=RetryableError("no route"))
    await process.start()
    with pytest.raises(RetryableError, match="no route"):
        await process.exporter.consume(traces(3))
    await process.stop()
    assert (disk.values, process.count("send_failed")) == ({}, 3)


async def test_a_batch_that_becomes_durable_after_the_end_is_accepted_and_sent_next_time():
    disk = Disk()
    process = await Process(disk).start()
    disk.gate = asyncio.Event()
    sending = asyncio.get_running_loop().create_task(process.exporter.consume(traces(3)))
    await settle()
    stop = asyncio.get_running_loop().create_task(process.stop())
    await settle()
    disk.gate.set()
    await sending
    await stop
    second = await Process(disk).start()
    await second.backend.received(3)
    await second.stop()


async def test_components_of_one_id_in_two_pipelines_keep_apart():
    disk = Disk()
    for scope in ("edge/a", "edge/b"):
        process = await Process(disk, scope=scope).start()
        process.backend.hold()
        await process.exporter.consume(traces(1))
        await process.kill()
    assert {namespace for namespace, _ in disk.values} == {
        "exporter/edge/a/otlp/a/traces",
        "exporter/edge/b/otlp/a/traces",
    }


def test_a_storage_that_is_named_and_not_bound_is_an_error_and_no_queue_in_memory():
    with pytest.raises(CapabilityNotBoundError, match="no extension is bound for capability key_value_store"):
        Exporting(
            make_settings("exporter"), Signal.TRACES, RecordingConsumer(), queue=QueueConfig(storage="db")
        )


def test_who_sent_a_batch_is_stored_with_it():
    identity = Identity(principal="ann", scheme="basic", claims={"team": ("a", "b"), "level": 3})
    client = Client("1.2.3.4", {"tenant": ("x",)}, identity)
    found = unpack(Traces, pack(Traces.from_wire(traces(2).to_bytes(), client)))
    assert found.client == client
    assert found.to_bytes() == traces(2).to_bytes()


@given(st.binary(max_size=60))
def test_any_bytes_are_a_batch_or_an_error_that_is_handled(value):
    with contextlib.suppress(AttributeError, KeyError, MalformedError, TypeError, ValueError):
        unpack(Traces, b"PNQ1" + value)


@pytest.mark.parametrize("seed", range(20))
async def test_nothing_is_lost_whenever_the_process_is_killed(seed):
    chance, disk, accepted, sent = random.Random(seed), Disk(), Counter(), Counter()
    for run in range(6):
        process = await Process(disk, num_consumers=2).start()
        for number in range(chance.randrange(6)):
            process.backend.hold() if chance.random() < 0.5 else process.backend.release()
            first = 10 * run + number
            await process.exporter.consume(traces(1, first=first))
            accepted[f"span-{first}"] += 1
            if chance.random() < 0.5:
                await settle()
        if chance.random() < 0.3:
            process.backend.release()
            await process.stop()
        await process.kill()
        sent.update(process.names)
    last = await Process(disk).start()
    await settle()
    await last.stop()
    sent.update(last.names)
    assert set(sent) == set(accepted)
    assert disk.values == {}
