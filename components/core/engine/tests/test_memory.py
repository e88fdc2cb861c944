"""What is not needed any more is given back."""

import gc
import subprocess
import sys

import pytest

from penstock_engine.memory import Memory
from penstock_testkit import FakeClock

glibc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs glibc")

BURST = """
from penstock_engine.memory import Memory
from penstock_testkit import FakeClock
import asyncio

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

async def main():
    clock = FakeClock()
    memory = Memory(clock)
    assert memory.tune()
    memory.settle()
    burst = [bytes([1]) * 100_000 for _ in range(600)]
    last = bytes(1_000)
    high = resident()
    del burst
    assert high - resident() < 20_000_000, "kept for the next burst"
    assert memory.unused > 50_000_000
    await clock.advance(30)
    assert high - resident() > 50_000_000, "given back when it is calm"
    memory.stop()
    assert clock.waiting == 0

asyncio.run(main())
"""


@glibc
def test_buffers_are_kept_for_a_while_and_then_given_back():
    subprocess.run([sys.executable, "-c", BURST], check=True)


@glibc
async def test_little_is_not_worth_looking_for(monkeypatch):
    clock, trims = FakeClock(), []
    memory = Memory(clock)
    memory.settle()
    monkeypatch.setattr(memory, "trim", lambda: trims.append(clock.now()))
    for unused in (1 << 20, 1 << 26):
        monkeypatch.setattr(Memory, "unused", unused)
        await clock.advance(30)
    memory.stop()
    memory.stop()
    assert len(trims) == 1


def test_what_start_up_made_is_left_alone_by_the_garbage_collector():
    memory = Memory(FakeClock())
    memory.settle()
    assert gc.get_freeze_count() > 1000
    memory.stop()
    gc.unfreeze()


@glibc
def test_a_platform_without_glibc_only_minds_garbage(monkeypatch):
    monkeypatch.setattr("platform.libc_ver", lambda: ("", ""))
    clock = FakeClock()
    memory = Memory(clock)
    memory.settle()
    assert (memory.tune(), memory.unused, clock.waiting) == (False, 0, 0)
    gc.unfreeze()
