"""Code of an extension that holds up the loop is found out."""

import asyncio
import logging
import threading

from penstock_api.capability import RATE_LIMITER
from penstock_api.extension import Background, Cloned, Passive
from penstock_engine import FieldLog
from penstock_engine.extensions import LagMonitor

from .extensions import Limiter, World, bind, limiter, spec


class Told(logging.Handler):
    """Keeps what it is told; whoever waits for `heard` goes on then."""

    def __init__(self):
        super().__init__()
        self.heard = threading.Event()
        self.records = []

    def emit(self, record):
        self.records.append((record.getMessage(), record.fields.get("extension")))
        self.heard.set()


def watching(threshold=0.02):
    """A monitor that looks all the time, and what it says."""
    log, told = logging.getLogger("penstock.lag"), Told()
    log.handlers.clear()
    log.setLevel(logging.DEBUG)
    log.addHandler(told)
    monitor = LagMonitor(FieldLog(log, {}), threshold=threshold, interval=0.001)
    monitor.start()
    return monitor, told


async def test_r_60_a_method_of_a_handle_that_blocks_is_told_with_the_extensions_name():
    monitor, told = watching()
    handle = Limiter(lambda _: told.heard.wait(10))
    world = World()
    host = world.host(spec("slow", limiter(handle=handle)), spec("other", limiter()), monitor=monitor)
    taken = host.claims("node a", [bind(RATE_LIMITER, "slow")]).require(RATE_LIMITER).try_acquire(1)
    monitor.stop()
    assert taken
    assert told.records == [("an extension holds up the event loop", "slow")]


async def test_r_60_a_life_that_blocks_is_told_with_the_extensions_name():
    monitor, told = watching()

    class Blocking:
        async def run(self, control):
            assert told.heard.wait(10)
            await control.wait()

    host = World().host(spec("blocking", Background(Blocking())), monitor=monitor)
    await host.start()
    await host.stop()
    monitor.stop()
    assert told.records == [("an extension holds up the event loop", "blocking")]


async def test_r_60_a_function_of_the_package_is_enough():
    monitor, told = watching()
    monitor.know("mine", Passive(Cloned(RATE_LIMITER, _Elsewhere(lambda _: True))))
    assert told.heard.wait(10)
    monitor.stop()
    assert told.records == [("an extension holds up the event loop", "mine")]


class _Elsewhere(Limiter):
    """A handle of this package."""


async def test_code_of_nobody_is_told_without_a_name_and_once():
    monitor, told = watching()
    ended = Passive(Cloned(RATE_LIMITER, Limiter()))
    monitor.know("other", ended)
    monitor.forget(ended)
    assert told.heard.wait(10)
    monitor.stop()
    monitor.stop()
    assert told.records == [("the event loop is held up", None)]


async def test_a_loop_that_answers_is_left_alone():
    monitor, told = watching(threshold=5.0)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    monitor._hear = lambda seconds: (
        (loop.call_soon_threadsafe(asked.set) and None) or type(monitor)._hear(monitor, seconds)
    )
    await asked.wait()
    monitor.stop()
    assert told.records == []


def test_a_monitor_ends_with_its_loop():
    async def made():
        return watching(threshold=0.5)[0]

    monitor = asyncio.run(made())
    monitor._thread.join(10)
    assert not monitor._thread.is_alive()
