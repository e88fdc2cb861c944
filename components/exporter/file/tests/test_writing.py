import asyncio
import os
import threading

import pytest

from penstock_api import (
    Logs,
    MalformedError,
    PartialError,
    RetryableError,
    Signal,
    StartError,
    Status,
    Traces,
)
from penstock_exporter_file import FileConfig, factory
from penstock_exporter_file.config import GroupByConfig
from penstock_testkit import make, make_settings, names_of, running, start, stop, traces

from .reading import BATCHES, descriptors, frames, lines, names, unpack


def create(path, settings=None, signal=Signal.TRACES, **config):
    settings = settings or make_settings("exporter", "file")
    config = FileConfig(path=str(path), **config)
    return getattr(factory, f"create_{signal}")(settings, config), settings


@pytest.mark.parametrize("signal", Signal)
async def test_json_is_one_request_on_each_line(tmp_path, signal):
    path = tmp_path / "out.json"
    exporter, settings = create(path, signal=signal)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(make(signal, 3))
        await exporter.consume(make(signal, 2, first=3))
    written = lines(path, BATCHES[signal])
    assert [len(batch) for batch in written] == [3, 2]
    assert names(written) == names_of(make(signal, 5))


async def test_proto_stands_after_its_length_as_it_came(tmp_path):
    path = tmp_path / "out.bin"
    exporter, settings = create(path, format="proto")
    batch = Traces.join([traces(3), traces(2, first=3)])
    async with running(exporter, clock=settings.clock):
        await exporter.consume(batch)
        await exporter.consume(traces(1))
    assert frames(path) == [batch.to_bytes(), traces(1).to_bytes()]


async def test_proto_is_not_decoded(tmp_path):
    path = tmp_path / "out.bin"
    exporter, settings = create(path, format="proto")
    broken_inside = bytes.fromhex("0a061204120200ff")
    async with running(exporter, clock=settings.clock):
        await exporter.consume(Traces.from_wire(broken_inside))
    assert frames(path) == [broken_inside]


async def test_a_batch_of_very_many_buffers_is_one_record(tmp_path):
    path = tmp_path / "out.bin"
    exporter, settings = create(path, format="proto")
    batch = Traces.join(traces(1, first=number) for number in range(3000))
    async with running(exporter, clock=settings.clock):
        await exporter.consume(batch)
    assert frames(path) == [batch.to_bytes()]


@pytest.mark.parametrize(("file_format", "read"), [("json", Traces.from_json), ("proto", Traces.from_wire)])
async def test_compressed_requests_stand_after_their_length(tmp_path, file_format, read):
    path = tmp_path / "out"
    exporter, settings = create(path, format=file_format, compression="zstd")
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(2))
        await exporter.consume(traces(3, first=2))
    assert [len(read(unpack(frame))) for frame in frames(path)] == [2, 3]


async def test_an_item_that_json_cannot_show_is_refused_and_the_file_stays_whole(tmp_path):
    path = tmp_path / "out.json"
    exporter, settings = create(path)
    async with running(exporter, clock=settings.clock):
        with pytest.raises(MalformedError, match="not a valid OTLP traces request"):
            await exporter.consume(Traces.from_wire(bytes.fromhex("0a061204120200ff")))
        await exporter.consume(traces(1))
    assert [len(batch) for batch in lines(path)] == [1]


@pytest.mark.parametrize("group_by", [{}, {"enabled": True}])
async def test_a_broken_item_does_not_cost_those_it_was_joined_with(tmp_path, group_by):
    path = tmp_path / ("out*.json" if group_by else "out.json")
    exporter, settings = create(path, group_by=GroupByConfig(**group_by))
    batch = Traces.join([traces(2), Traces.from_wire(bytes.fromhex("0a061204120200ff")), traces(1, first=2)])
    async with running(exporter, clock=settings.clock):
        with pytest.raises(PartialError, match="not a valid OTLP traces request") as caught:
            await exporter.consume(batch)
    assert caught.value.rejected == 1
    assert names(lines(next(tmp_path.iterdir()))) == names_of(traces(3))


async def test_what_was_accepted_is_in_the_file_before_shutdown(tmp_path):
    path = tmp_path / "out.json"
    exporter, settings = create(path)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
        assert names(lines(path)) == ["span-0"]


async def test_all_signals_of_one_id_share_the_file(tmp_path):
    path, settings = tmp_path / "out.json", make_settings("exporter", "file")
    one, _ = create(path, settings)
    two, _ = create(path, settings, signal=Signal.LOGS)
    assert one is two
    async with running(one, clock=settings.clock):
        await one.consume(traces(1))
        await two.consume(make(Signal.LOGS, 1))
    first, second = path.read_bytes().splitlines()
    assert (len(Traces.from_json(first)), len(Logs.from_json(second))) == (1, 1)


async def test_batches_are_written_in_the_order_in_which_they_came_whatever_their_size(tmp_path):
    path = tmp_path / "out.json"
    exporter, settings = create(path)
    async with running(exporter, clock=settings.clock):
        await asyncio.gather(
            *(exporter.consume(traces(1 if number % 3 else 300, first=number)) for number in range(30))
        )
    assert [names_of(batch)[0] for batch in lines(path)] == [f"span-{number}" for number in range(30)]


async def test_a_reload_goes_on_with_the_file_that_the_process_began(tmp_path):
    path = tmp_path / "out.json"
    for number in range(2):
        exporter, settings = create(path)
        async with running(exporter, clock=settings.clock):
            await exporter.consume(traces(1, first=number))
    assert names(lines(path)) == names_of(traces(2))


async def test_a_reload_to_another_format_begins_the_file_anew(tmp_path):
    path = tmp_path / "out"
    for file_format in ("json", "proto"):
        exporter, settings = create(path, format=file_format)
        async with running(exporter, clock=settings.clock):
            await exporter.consume(traces(1))
    assert frames(path) == [traces(1).to_bytes()]


async def test_a_file_that_another_process_left_is_emptied(tmp_path):
    path = tmp_path / "out.json"
    path.write_bytes(traces(1).to_json() + b"\n")
    exporter, settings = create(path)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1, first=1))
    assert names(lines(path)) == ["span-1"]


async def test_append_keeps_what_the_file_holds(tmp_path):
    path = tmp_path / "out.json"
    for number in range(2):
        exporter, settings = create(path, append=True)
        async with running(exporter, clock=settings.clock):
            await exporter.consume(traces(1, first=number))
    assert names(lines(path)) == ["span-0", "span-1"]


@pytest.mark.parametrize(
    ("file_format", "content"),
    [("json", b'{"resourceSpans":[]}\n{"resou'), ("proto", b"\0\0\0\2ab\0\0\0\5abc"), ("proto", b"\0\0")],
)
async def test_a_file_that_ends_within_a_record_is_set_aside(tmp_path, file_format, content, caplog):
    path = tmp_path / "out.json"
    path.write_bytes(content)
    exporter, settings = create(path, append=True, format=file_format)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
    (aside,) = tmp_path.glob("out-*.json")
    assert aside.name == "out-2023-11-14T22-13-20.000.json"
    assert aside.read_bytes() == content
    assert len(lines(path) if file_format == "json" else frames(path)) == 1
    assert "Set a file aside that ends within a record" in caplog.messages


async def test_whole_frames_are_appended_to(tmp_path):
    path = tmp_path / "out.bin"
    path.write_bytes(b"\0\0\0\2ab\0\0\0\0")
    exporter, settings = create(path, append=True, format="proto")
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
    assert frames(path) == [b"ab", b"", traces(1).to_bytes()]


async def test_the_directory_is_created_only_when_asked(tmp_path):
    path = tmp_path / "a" / "b" / "out.json"
    exporter, _settings = create(path)
    with pytest.raises(StartError, match=r"/a/b/out.json: No such file or directory\n  hint: `create_dir"):
        await start(exporter)
    exporter, settings = create(path, create_directory=True, directory_permissions="0700")
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o133 == 0


async def test_an_empty_batch_writes_nothing(tmp_path):
    path = tmp_path / "out.json"
    exporter, settings = create(path)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(Traces.from_wire(b""))
    assert path.read_bytes() == b""


async def test_before_start_and_after_shutdown_batches_are_refused(tmp_path):
    exporter, settings = create(tmp_path / "out.json")
    with pytest.raises(RetryableError, match="the file exporter is not running"):
        await exporter.consume(traces(1))
    await stop(exporter, clock=settings.clock)
    await start(exporter)
    await stop(exporter, clock=settings.clock)
    await stop(exporter, clock=settings.clock)
    with pytest.raises(RetryableError, match="the file exporter is not running"):
        await exporter.consume(traces(1))


async def test_nothing_is_left_open_or_running(tmp_path):
    before, threads = descriptors(), threading.active_count()
    exporter, settings = create(tmp_path / "out.json")
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
        await exporter.consume(traces(2000))
    assert descriptors() == before
    assert threading.active_count() == threads


class Disk:
    """Counts syncs, which happen in threads."""

    def __init__(self, monkeypatch, error: OSError | None = None) -> None:
        self.syncs, self.error = 0, error
        self._loop, self._synced = asyncio.get_running_loop(), asyncio.Event()
        monkeypatch.setattr("penstock_exporter_file.output._synchronise", self._sync)

    def _sync(self, _file) -> None:
        self.syncs += 1
        self._loop.call_soon_threadsafe(self._synced.set)
        if self.error:
            raise self.error

    async def synced(self) -> None:
        await self._synced.wait()
        self._synced.clear()


async def test_what_was_written_reaches_the_disk_after_the_flush_interval(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)
    exporter, settings = create(tmp_path / "out.json", flush_interval=1.0)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
        await settings.clock.advance(0.9)
        assert disk.syncs == 0
        await settings.clock.advance(0.1)
        await disk.synced()
    assert disk.syncs == 1


async def test_what_was_written_reaches_the_disk_at_shutdown(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)
    exporter, settings = create(tmp_path / "out.json")
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
    assert disk.syncs == 1


async def test_interval_zero_leaves_the_disk_to_the_operating_system(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)
    exporter, settings = create(tmp_path / "out.json", flush_interval=0.0)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
        assert settings.tasks.running == ()
    assert disk.syncs == 0


async def test_a_disk_that_fails_to_sync_is_logged_and_tried_again(tmp_path, monkeypatch, caplog):
    disk = Disk(monkeypatch, OSError(5, "Input/output error"))
    exporter, settings = create(tmp_path / "out.json")
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
        await settings.clock.advance(1)
        await disk.synced()
    assert disk.syncs == 2
    assert "Written telemetry may not have reached the disk" in caplog.messages
    assert "Cannot close a file" in caplog.messages
    assert caplog.records[0].error == "Input/output error"


async def test_a_failing_disk_shows_in_the_status_until_a_write_succeeds(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    exporter, settings = create(tmp_path / "out.json")
    async with running(exporter, clock=settings.clock):
        with monkeypatch.context() as patched:
            patched.setattr(
                os, "writev", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
            )
            for _ in range(2):
                with pytest.raises(
                    RetryableError, match=r"cannot write to .*/out.json: No space left on device"
                ):
                    await exporter.consume(traces(1))
        await exporter.consume(traces(1))
    assert [status for status, _ in settings.report.events] == [Status.RECOVERABLE_ERROR, Status.OK]
    assert [one for one in caplog.messages if "data" in one] == [
        "Cannot write: refusing data",
        "Writing again: accepting data",
    ]
