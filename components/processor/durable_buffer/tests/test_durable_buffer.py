import asyncio
import sqlite3
from dataclasses import replace

import pytest

from penstock_api import (
    Client,
    ConfigError,
    Deadline,
    Logs,
    PartialError,
    PermanentError,
    RetryableError,
    Signal,
    StartError,
    decode,
)
from penstock_processor_durable_buffer import DurableBufferConfig, factory
from penstock_processor_durable_buffer.store import Store
from penstock_testkit import RecordingConsumer, logs, make, make_settings, names_of, settle

BUSY = RetryableError("busy")


class World:
    """A buffer in `folder`, with a clock moved by hand."""

    def __init__(self, folder, *answers, always=None, signal=Signal.LOGS, copy=0, **config):
        self.settings = replace(make_settings("processor", "durable_buffer"), copy=copy)
        self.clock = self.settings.clock
        self.onward = RecordingConsumer(*answers, always=always)
        self.config = decode(DurableBufferConfig, {"path": str(folder), **config})
        create = getattr(factory, f"create_{signal}")
        self.buffer = create(self.settings, self.config, self.onward)

    async def __aenter__(self):
        await self.buffer.start()
        return self

    async def __aexit__(self, *_):
        await self.stop()

    async def stop(self, within=5.0):
        await self.buffer.shutdown(Deadline.after(self.clock, within))

    def send(self, batch):
        return asyncio.get_running_loop().create_task(self.buffer.consume(batch))

    def dropped(self, reason):
        return self.settings.meter.value("otelcol_processor_durable_buffer_dropped_items", reason=reason)

    def value(self, name):
        return self.settings.meter.value(f"otelcol_processor_durable_buffer_{name}")

    async def until(self, condition):
        """Wait for what threads and tasks bring about, while time passes."""
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.to_thread(lambda: None)
                await self.clock.advance(1)

    def names(self):
        return [name for batch in self.onward.batches for name in names_of(batch)]


class TestDelivery:
    @pytest.mark.parametrize("signal", Signal)
    async def test_what_is_accepted_is_handed_on_and_then_forgotten(self, tmp_path, signal):
        async with World(tmp_path, signal=signal) as world:
            batch = make(signal, 5)
            await world.buffer.consume(batch)
            await world.onward.received(5)
            assert world.names() == names_of(batch)
        assert (world.value("stored_items"), world.value("stored_size")) == (0, 0)
        async with World(tmp_path, signal=signal) as later:
            assert later.value("stored_items") == 0

    async def test_what_is_refused_for_now_is_offered_again_at_growing_intervals(self, tmp_path):
        async with World(tmp_path, BUSY, BUSY) as world:
            await world.buffer.consume(logs(3))
            for seconds, offers in ((0.9, 1), (0.1, 2), (1.9, 2), (0.1, 3)):
                await world.clock.advance(seconds)
                assert len(world.onward.offered) == offers
            assert (world.onward.items, world.value("retries")) == (3, 2)

    async def test_a_longer_wait_that_is_asked_for_is_kept(self, tmp_path):
        async with World(tmp_path, RetryableError("busy", after=7)) as world:
            await world.buffer.consume(logs(3))
            await world.clock.advance(6.9)
            assert world.onward.items == 0
            await world.clock.advance(0.1)
            assert world.onward.items == 3

    @pytest.mark.parametrize(
        ("error", "lost"),
        [(PermanentError("never"), 3), (PartialError("some", rejected=2), 2), (KeyError("bug"), 3)],
    )
    async def test_what_is_refused_for_good_is_counted(self, tmp_path, error, lost):
        async with World(tmp_path, error) as world:
            await world.buffer.consume(logs(3))
            await world.until(lambda: world.value("stored_items") == 0)
            assert (world.dropped("refused"), world.onward.items) == (lost, 3 - lost if lost == 2 else 0)

    async def test_what_is_too_old_is_counted(self, tmp_path):
        async with World(tmp_path, always=BUSY, max_age="10s") as world:
            await world.buffer.consume(logs(3))
            await world.until(lambda: world.value("stored_items") == 0)
            assert (world.dropped("age"), world.onward.items) == (3, 0)

    async def test_a_batch_of_nothing_is_not_stored(self, tmp_path):
        async with World(tmp_path) as world:
            await world.buffer.consume(logs(0))
            assert world.onward.offered == []

    async def test_who_sent_it_is_forgotten_before_and_after_a_restart(self, tmp_path):
        async with World(tmp_path) as world:
            await world.buffer.consume(Logs.join([logs(1)], Client(metadata={"k": ("v",)})))
            [batch] = await world.onward.received(1)
            assert batch.client.metadata == {}

    async def test_more_than_can_be_under_way_waits_on_the_disk_in_order(self, tmp_path):
        async with World(tmp_path, max_in_flight=1) as world:
            world.onward.hold()
            for number in range(200):
                await world.buffer.consume(logs(1, first=number))
            assert (len(world.onward.offered), world.value("stored_items")) == (1, 200)
            world.onward.release()
            await world.onward.received(200)
            assert world.names() == [f"log-{number}" for number in range(200)]

    async def test_a_backlog_is_handed_on_by_as_many_as_may(self, tmp_path):
        async with World(tmp_path, always=BUSY) as world:
            for number in range(100):
                await world.buffer.consume(logs(1, first=number))
        async with World(tmp_path, max_in_flight=80) as later:
            later.onward.hold()
            await later.onward.tried(80)
            later.onward.release()
            await later.onward.received(100)
            assert len(set(later.names())) == 100


class TestRestart:
    async def test_what_was_not_taken_comes_after_a_restart(self, tmp_path):
        async with World(tmp_path, always=BUSY) as world:
            for number in range(5):
                await world.buffer.consume(logs(2, first=2 * number))
        assert world.value("stored_items") == 10
        async with World(tmp_path) as later:
            await later.onward.received(10)
            assert sorted(later.names()) == sorted(f"log-{number}" for number in range(10))

    async def test_what_hangs_at_the_deadline_stays(self, tmp_path):
        async with World(tmp_path) as world:
            world.onward.hold()
            await world.buffer.consume(logs(3))
            await world.onward.tried(1)
            await world.stop(within=0)
        async with World(tmp_path) as later:
            await later.onward.received(3)

    async def test_what_cannot_be_read_back_is_counted(self, tmp_path):
        async with World(tmp_path, always=BUSY) as world:
            await world.buffer.consume(logs(3))
        with sqlite3.connect(tmp_path / "logs.sqlite") as file:
            file.execute("UPDATE batch SET data = x'0aff'")
        file.close()
        async with World(tmp_path) as later:
            await later.until(lambda: later.value("stored_items") == 0)
            assert later.dropped("corrupt") == 3

    async def test_a_file_is_for_one_at_a_time(self, tmp_path):
        async with World(tmp_path):
            with pytest.raises(
                StartError,
                match=r"is in use by another pipeline or process: give each a `path` of its own \(`\{copy\}`\)",
            ) as caught:
                await World(tmp_path).buffer.start()
            assert isinstance(caught.value.__cause__, BlockingIOError)

    async def test_copies_of_a_pipeline_have_files_of_their_own(self, tmp_path):
        async with World(tmp_path / "{copy}"), World(tmp_path / "{copy}", copy=1):
            assert sorted(one.name for one in tmp_path.iterdir()) == ["0", "1"]

    async def test_a_file_that_is_no_buffer_is_named(self, tmp_path):
        (tmp_path / "logs.sqlite").write_text("this is not a database, not at all" * 100)
        with pytest.raises(
            StartError, match=r"cannot open the buffer .*logs\.sqlite: file is not a database"
        ):
            await World(tmp_path).buffer.start()

    async def test_a_folder_that_cannot_be_made_is_named(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(StartError, match="cannot open the buffer"):
            await World(tmp_path / "file" / "sub").buffer.start()

    async def test_a_folder_instead_of_the_file_is_named(self, tmp_path):
        (tmp_path / "logs.sqlite").mkdir()
        with pytest.raises(StartError, match=r"cannot open the buffer .*unable to open"):
            await World(tmp_path).buffer.start()


class TestSize:
    async def test_a_full_buffer_makes_senders_wait(self, tmp_path):
        size = logs(1).size
        async with World(tmp_path, retention_size_cap=2 * size) as world:
            world.onward.hold()
            await world.buffer.consume(logs(1))
            await world.buffer.consume(logs(1))
            third = world.send(logs(1))
            await settle()
            assert not third.done()
            world.onward.release()
            await third
            await world.onward.received(3)

    async def test_a_full_buffer_drops_the_oldest_that_is_not_under_way(self, tmp_path):
        size = logs(1).size
        config = {"retention_size_cap": 3 * size, "size_cap_policy": "drop_oldest", "max_in_flight": 1}
        async with World(tmp_path, **config) as world:
            world.onward.hold()
            for number in range(6):
                await world.buffer.consume(logs(1, first=number))
            assert (world.dropped("size"), world.value("stored_items")) == (3, 3)
            world.onward.release()
            await world.onward.received(3)
            assert world.names() == ["log-0", "log-4", "log-5"]

    async def test_when_all_is_under_way_senders_wait_all_the_same(self, tmp_path):
        size = logs(1).size
        async with World(tmp_path, retention_size_cap=size, size_cap_policy="drop_oldest") as world:
            world.onward.hold()
            await world.buffer.consume(logs(1))
            second = world.send(logs(1))
            await settle()
            assert not second.done()
            world.onward.release()
            await second
            await world.onward.received(2)

    async def test_what_never_fits_is_refused_for_good(self, tmp_path):
        async with World(tmp_path, retention_size_cap=10) as world:
            with pytest.raises(PermanentError, match="a batch is larger than `retention_size_cap` 10: "):
                await world.buffer.consume(logs(5))

    async def test_who_waits_for_room_is_refused_at_shutdown(self, tmp_path):
        async with World(tmp_path, always=BUSY, retention_size_cap=logs(1).size) as world:
            await world.buffer.consume(logs(1))
            waiting = world.send(logs(1))
            await settle()
        with pytest.raises(RetryableError, match="the durable buffer is full, and stops"):
            await waiting

    async def test_when_a_stop_begins_nobody_waits_for_room(self, tmp_path):
        async with World(tmp_path, always=BUSY, retention_size_cap=logs(1).size) as world:
            world.buffer.drain(Deadline.after(world.clock, 60))
            await world.buffer.consume(logs(1))
            with pytest.raises(RetryableError, match="the durable buffer is full, and stops"):
                await world.buffer.consume(logs(1))


class TestFaults:
    async def test_what_cannot_be_written_is_refused_and_may_be_offered_again(self, tmp_path, monkeypatch):
        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        async with World(tmp_path) as world:
            with monkeypatch.context() as broken:
                broken.setattr(Store, "apply", full)
                with pytest.raises(
                    RetryableError, match="cannot write to the buffer: database or disk is full"
                ):
                    await world.buffer.consume(logs(3))
            await world.buffer.consume(logs(3))
            await world.onward.received(3)

    async def test_what_was_taken_while_the_disk_was_full_is_deleted_later(self, tmp_path, monkeypatch):
        apply = Store.apply

        def full(store, added, removed):
            if removed and not added:
                raise sqlite3.OperationalError("database or disk is full")
            return apply(store, added, removed)

        async with World(tmp_path) as world:
            monkeypatch.setattr(Store, "apply", full)
            await world.buffer.consume(logs(3))
            await world.onward.received(3)
            monkeypatch.setattr(Store, "apply", apply)
        async with World(tmp_path) as later:
            assert later.value("stored_items") == 0

    async def test_what_cannot_be_read_now_is_read_later(self, tmp_path, monkeypatch):
        async with World(tmp_path, always=BUSY) as world:
            await world.buffer.consume(logs(3))
        failing = {"read": 2, "after": 1}

        def flaky(name):
            real = getattr(Store, name)

            def call(*arguments):
                failing[name] -= 1
                if failing[name] >= 0:
                    raise sqlite3.OperationalError("disk I/O error")
                return real(*arguments)

            return call

        for name in failing:
            monkeypatch.setattr(Store, name, flaky(name))
        async with World(tmp_path) as later:
            await later.until(lambda: later.onward.items == 3)

    async def test_a_sender_that_goes_away_may_have_been_in_time(self, tmp_path):
        async with World(tmp_path) as world:
            sending = world.send(logs(3))
            await settle()
            sending.cancel()
            await world.onward.received(3)
        assert (world.value("stored_size"), world.value("stored_items")) == (0, 0)

    async def test_who_comes_while_it_closes_is_refused(self, tmp_path, monkeypatch):
        async with World(tmp_path) as world:
            await world.stop()
            monkeypatch.setattr(world.buffer, "_open", True)  # as for one who was let in before
            with pytest.raises(RetryableError, match="cannot write to the buffer: it is closed"):
                await world.buffer.consume(logs(1))
            monkeypatch.undo()

    async def test_before_it_runs_it_refuses(self, tmp_path):
        with pytest.raises(RetryableError, match="the durable buffer has stopped"):
            await World(tmp_path).buffer.consume(logs(1))

    def test_a_closed_store_says_so(self, tmp_path):
        with pytest.raises(sqlite3.ProgrammingError, match="the buffer is closed"):
            Store(tmp_path / "x").after(0, 1)


class TestConfig:
    @pytest.mark.parametrize(
        ("written", "size"),
        [("10 GiB", 10 * 2**30), ("512MiB", 512 * 2**20), ("7", 7), (1024, 1024), ("5B", 5)],
    )
    def test_sizes_are_numbers_or_have_units(self, written, size):
        config = decode(DurableBufferConfig, {"path": "p", "retention_size_cap": written})
        assert config.retention_size_cap == size

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"retention_size_cap": "10 GB"}, 'not a size such as "512 MiB" or "10 GiB": \'10 GB\''),
            ({"retention_size_cap": 0}, "greater than or equal to 1: 0"),
            (
                {"retry": {"max_interval": "500ms"}},
                "`max_interval` must not be less than `initial_interval`: 500ms",
            ),
            ({"path": ""}, "at least 1 character"),
        ],
    )
    def test_a_mistake_is_named(self, wrong, message):
        with pytest.raises(ConfigError, match=message):
            decode(DurableBufferConfig, {"path": "p", **wrong})
