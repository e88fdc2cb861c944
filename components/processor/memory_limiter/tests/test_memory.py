from types import SimpleNamespace

import psutil
import pytest

from penstock_api import StartError
from penstock_processor_memory_limiter import MemoryLimiterConfig, factory
from penstock_processor_memory_limiter.memory import available, group_limits, release, resident
from penstock_testkit import RecordingConsumer, make_settings, running, traces


def test_memory_in_use_is_what_the_system_says_of_the_process():
    before = resident()
    block = bytearray(b"x") * (50 * 1024 * 1024)
    assert resident() - before > 40 * 1024 * 1024
    del block
    release()
    assert resident() - before < 20 * 1024 * 1024


def test_available_memory_is_at_most_the_machine_s():
    assert 0 < available() <= psutil.virtual_memory().total


def test_a_machine_that_does_not_tell_its_memory_stops_the_start(monkeypatch):
    def fail():
        raise psutil.Error("no /proc")

    monkeypatch.setattr(psutil, "virtual_memory", fail)
    with pytest.raises(StartError, match="cannot find out how much memory there is: "):
        available()


def test_the_container_s_limit_counts_where_it_is_tighter(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=1 << 60))
    monkeypatch.setattr(
        "penstock_processor_memory_limiter.memory.group_limits", lambda *_: (1 << 30, 1 << 40)
    )
    assert available() == 1 << 30


def test_limits_of_version_2_groups_and_their_parents_are_found(tmp_path):
    own, inner = tmp_path / "own", tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    own.write_text("0::/outer/inner\n")
    (inner / "memory.max").write_text("max\n")
    (inner.parent / "memory.max").write_text("1000\n")
    assert group_limits(tmp_path, own) == (1000,)


def test_limits_of_version_1_groups_are_found(tmp_path):
    own, group = tmp_path / "own", tmp_path / "memory" / "app"
    group.mkdir(parents=True)
    own.write_text("5:cpu,cpuacct:/app\n4:memory:/app\n")
    (group / "memory.limit_in_bytes").write_text("2000\n")
    assert group_limits(tmp_path, own) == (2000,)


def test_in_a_container_the_group_seen_from_outside_falls_back_to_the_root(tmp_path):
    own = tmp_path / "own"
    own.write_text("0::/kubepods/pod1/container\n")
    (tmp_path / "memory.max").write_text("3000\n")
    assert group_limits(tmp_path, own) == (3000,)


def test_a_system_without_groups_has_no_limits(tmp_path):
    assert group_limits(tmp_path, tmp_path / "absent") == ()


async def test_the_real_process_is_measured():
    settings, onward = make_settings("processor", "memory_limiter"), RecordingConsumer()
    config = MemoryLimiterConfig(check_interval=1.0, limit_percentage=90)
    limiter = factory.create_traces(settings, config, onward)
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(1)
        await limiter.consume(traces(1))
    assert onward.items == 1
