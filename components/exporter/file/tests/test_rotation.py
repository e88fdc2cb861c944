import os
import re

import pytest

from penstock_api import RetryableError, Traces
from penstock_exporter_file import FileConfig, factory
from penstock_exporter_file.config import RotationConfig
from penstock_testkit import FakeClock, make_settings, running, traces

from .reading import frames, lines, names

MEGABYTE = 1024 * 1024
NAME = re.compile(r"out-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.json")
START_NS = 1_767_366_244_000_000_000  # 2026-01-02T15:04:04Z
BIG = Traces.join(traces(2000, first=2000 * number) for number in range(3))  # a bit less than half a megabyte


def create(path, clock=None, **rotation):
    settings = make_settings("exporter", "file", clock=clock or FakeClock(wall_ns=START_NS))
    config = FileConfig(path=str(path), format="proto", rotation=RotationConfig(max_megabytes=1, **rotation))
    return factory.create_traces(settings, config), settings


def backups(folder):
    return sorted(path for path in folder.iterdir() if path.name != "out.json")


async def write(exporter, settings, batches: int, seconds: float = 1.0) -> None:
    async with running(exporter, clock=settings.clock):
        for _ in range(batches):
            await settings.clock.advance(seconds)
            await exporter.consume(BIG)


def test_the_batch_used_here_fits_twice_into_a_file():
    assert 2 * (BIG.size + 4) <= MEGABYTE < 3 * (BIG.size + 4)


async def test_a_full_file_is_renamed_by_the_time_and_a_new_one_begun(tmp_path):
    exporter, settings = create(tmp_path / "out.json")
    await write(exporter, settings, 5)
    assert [path.name for path in backups(tmp_path)] == [
        "out-2026-01-02T15-04-07.000.json",
        "out-2026-01-02T15-04-09.000.json",
    ]
    assert [len(frames(path)) for path in (*backups(tmp_path), tmp_path / "out.json")] == [2, 2, 1]


async def test_no_file_exceeds_the_limit(tmp_path):
    exporter, settings = create(tmp_path / "out.json")
    await write(exporter, settings, 20)
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= MEGABYTE
    assert sum(len(frames(path)) for path in tmp_path.iterdir()) == 20


async def test_a_record_above_the_limit_gets_a_file_of_its_own(tmp_path):
    exporter, settings = create(tmp_path / "out.json")
    huge = Traces.join([BIG, BIG, BIG])
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
        await exporter.consume(huge)
        await exporter.consume(traces(1, first=1))
    assert [len(frames(path)) for path in (*backups(tmp_path), tmp_path / "out.json")] == [1, 1, 1]


async def test_two_full_files_in_one_millisecond_are_both_kept(tmp_path):
    exporter, settings = create(tmp_path / "out.json")
    await write(exporter, settings, 6, seconds=0.0)
    assert [path.name[-9:] for path in backups(tmp_path)] == [".000.json", ".001.json"]


async def test_at_most_max_backups_are_kept_and_they_are_the_newest(tmp_path):
    other = tmp_path / "out-of-band.json"
    other.write_text("not a backup")
    exporter, settings = create(tmp_path / "out.json", max_backups=2)
    await write(exporter, settings, 20)
    kept = [path for path in backups(tmp_path) if path != other]
    assert [path.name for path in kept] == [
        "out-2026-01-02T15-04-21.000.json",
        "out-2026-01-02T15-04-23.000.json",
    ]
    assert other.exists()


async def test_zero_keeps_all_backups(tmp_path):
    exporter, settings = create(tmp_path / "out.json", max_backups=0)
    await write(exporter, settings, 20)
    assert len(backups(tmp_path)) == 9


async def test_backups_older_than_max_days_are_deleted(tmp_path):
    exporter, settings = create(tmp_path / "out.json", max_days=2)
    await write(exporter, settings, 9, seconds=86_400)
    assert [path.name[:14] for path in backups(tmp_path)] == ["out-2026-01-09", "out-2026-01-11"]


async def test_old_backups_are_deleted_at_the_start_too(tmp_path):
    old = tmp_path / "out-2020-01-01T00-00-00.000.json"
    old.touch()
    exporter, settings = create(tmp_path / "out.json", max_days=1)
    async with running(exporter, clock=settings.clock):
        assert not old.exists()


async def test_backups_may_be_named_by_local_time(tmp_path, monkeypatch):
    import time

    monkeypatch.setenv("TZ", "XXX-5")
    time.tzset()
    try:
        exporter, settings = create(tmp_path / "out.json", localtime=True)
        await write(exporter, settings, 3)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [path.name for path in backups(tmp_path)] == ["out-2026-01-02T20-04-07.000.json"]


async def test_after_a_restart_the_file_is_written_on(tmp_path):
    path = tmp_path / "out.json"
    for _ in range(2):
        exporter, settings = create(path)
        await write(exporter, settings, 1)
    assert (len(frames(path)), backups(tmp_path)) == (2, [])


async def test_json_is_rotated_between_lines(tmp_path):
    path, settings = tmp_path / "out.json", make_settings("exporter", "file")
    config = FileConfig(path=str(path), rotation=RotationConfig(max_megabytes=1))
    exporter = factory.create_traces(settings, config)
    async with running(exporter, clock=settings.clock):
        for number in range(30):
            await exporter.consume(traces(300, first=300 * number))
    assert all(NAME.fullmatch(backup.name) for backup in backups(tmp_path))
    written = [batch for file in (*backups(tmp_path), path) for batch in lines(file)]
    assert names(written) == [f"span-{number}" for number in range(9000)]
    assert len(backups(tmp_path)) >= 1


async def test_when_no_new_file_can_be_begun_the_old_one_stays_in_use(tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    exporter, settings = create(path)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(BIG)
        await exporter.consume(BIG)
        with monkeypatch.context() as patched:
            patched.setattr(os, "open", lambda *_: (_ for _ in ()).throw(OSError(24, "Too many open files")))
            with pytest.raises(RetryableError, match=r"cannot write to .*/out.json: Too many open files"):
                await exporter.consume(BIG)
        assert (len(frames(path)), backups(tmp_path)) == (2, [])
        await exporter.consume(BIG)
    assert [len(frames(one)) for one in (*backups(tmp_path), path)] == [2, 1]


async def test_a_file_that_somebody_moved_away_is_begun_anew_when_full(tmp_path):
    path = tmp_path / "out.json"
    exporter, settings = create(path)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(BIG)
        await exporter.consume(BIG)
        path.rename(tmp_path / "taken")
        await exporter.consume(BIG)
    assert (len(frames(tmp_path / "taken")), len(frames(path))) == (2, 1)


async def test_a_backup_that_cannot_be_deleted_is_logged(tmp_path, caplog):
    stuck = tmp_path / "out-2020-01-01T00-00-00.000.json"
    stuck.mkdir()
    exporter, settings = create(tmp_path / "out.json", max_backups=1)
    await write(exporter, settings, 3)
    assert stuck.exists()
    assert "Cannot delete an old file" in caplog.messages


async def test_full_files_reach_the_disk_before_they_are_closed(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("penstock_exporter_file.output._synchronise", synced.append)
    exporter, settings = create(tmp_path / "out.json")
    async with running(exporter, clock=settings.clock):
        for _ in range(30):
            await exporter.consume(BIG)
    assert len(set(synced)) > 1
    assert len(synced) >= 15
