from types import SimpleNamespace

import psutil
import pytest

from penstock_api import StartError
from penstock_processor_memory_limiter import MemoryLimiterConfig, factory
from penstock_processor_memory_limiter.memory import available, release, resident
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


async def test_the_real_process_is_measured():
    settings, onward = make_settings("processor", "memory_limiter"), RecordingConsumer()
    config = MemoryLimiterConfig(check_interval=1.0, limit_percentage=90)
    limiter = factory.create_traces(settings, config, onward)
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(1)
        await limiter.consume(traces(1))
    assert onward.items == 1
