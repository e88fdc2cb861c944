"""Receivers refuse while memory is short."""

import logging

import pytest

from penstock_api import ConfigError, Deadline, RetryableError, Signal
from penstock_dataflow.config import MemoryLimiter
from penstock_dataflow.pipeline.pressure import MemoryPressure, MemorySource, PressureLevel
from penstock_engine import FieldLog
from penstock_testkit import FakeClock, RecordingConsumer, RecordingMeter, logs, settle

from .fakes import World, source

CHAIN = {"in": "receiver:push", "out": "exporter:keep"}
CHAINED = [{"from": "in", "to": "out"}]


class Bench:
    """A limiter whose memory a test sets."""

    def __init__(self, *, group=None, limits=(), **config):
        self.used, self.group = 0, group
        self.meter, self.clock = RecordingMeter(), FakeClock()
        self.pressure = MemoryPressure(
            MemoryLimiter(**{"mode": "enforce", **config}),
            clock=self.clock,
            meter=self.meter,
            log=FieldLog(logging.getLogger("penstock.test"), {}),
            source=MemorySource(lambda: self.used, lambda: self.group, lambda: limits),
        )

    def at(self, used):
        self.used = used
        self.pressure.check()
        return self.pressure.level.name


def test_pressure_begins_at_the_soft_limit_and_ends_below_it():
    bench = Bench(soft_limit=1000, hard_limit=2000)
    levels = [bench.at(used) for used in (999, 1000, 1999, 2000, 1999, 950, 901, 900, 899)]
    assert levels == ["NORMAL", "SOFT", "SOFT", "HARD", "SOFT", "SOFT", "SOFT", "SOFT", "NORMAL"]


def test_the_gap_below_the_soft_limit_can_be_chosen():
    bench = Bench(soft_limit=1000, hard_limit=2000, hysteresis=500)
    assert [bench.at(used) for used in (1000, 500, 499)] == ["SOFT", "SOFT", "NORMAL"]


def test_changes_are_logged_once(caplog):
    caplog.set_level(logging.INFO)
    bench = Bench(soft_limit=1000, hard_limit=2000)
    for used in (1000, 1100, 10):
        bench.at(used)
    assert [(record.levelname, record.message, record.fields["level"]) for record in caplog.records] == [
        ("WARNING", "memory is short", "soft"),
        ("INFO", "memory is free again", "normal"),
    ]


def test_in_a_container_its_own_use_and_its_limit_count():
    bench = Bench(group=949, limits=(1000, 5000))
    assert [bench.at(7), bench.meter.value("otelcol_dataflow_memory_used")] == ["SOFT", 949]
    bench.group = 950
    assert bench.at(7) == "HARD"


def test_the_process_can_count_in_a_container_too():
    bench = Bench(group=5000, limits=(6000,), source="rss", soft_limit=1000, hard_limit=2000)
    assert bench.at(10) == "NORMAL"


def test_without_a_container_limits_must_be_set():
    with pytest.raises(
        ConfigError,
        match=r"policies::resources::memory_limiter: there is no container that limits memory\n  hint: set `soft_limit` and `hard_limit`$",
    ):
        Bench()


@pytest.mark.parametrize(("mode", "refuses"), [("enforce", True), ("observe_only", False)])
async def test_batches_are_refused_for_a_while_and_counted_when_it_is_enforced(mode, refuses):
    bench, onward = (
        Bench(mode=mode, soft_limit=1000, hard_limit=2000, retry_after_secs=7),
        RecordingConsumer(),
    )
    door = bench.pressure.guard(onward)
    bench.at(2000)
    if refuses:
        with pytest.raises(RetryableError, match=r"^memory is short$") as caught:
            await door.consume(logs(3))
        assert (caught.value.after, caught.value.code) == (7, 8)
        bench.at(0)
    await door.consume(logs(2))
    assert onward.items == 2
    assert bench.meter.value("otelcol_dataflow_memory_refused_log_records") == (3 if refuses else 0)


@pytest.mark.parametrize("fails", [True, False])
def test_readiness_ends_with_memory_if_it_is_to(fails):
    bench = Bench(soft_limit=1, hard_limit=2, fail_readiness_on_hard=fails)
    assert not bench.pressure.fails_readiness
    bench.at(2)
    assert bench.pressure.fails_readiness is fails


async def test_the_receivers_of_an_engine_refuse_and_it_is_not_ready():
    world = World()
    limiter = {"mode": "enforce", "source": "rss", "soft_limit": 1, "hard_limit": 2}
    written = source(CHAIN, CHAINED)
    flow = world.whole({**written, "policies": {"resources": {"memory_limiter": limiter}}}, world.standard())
    await flow.start()
    await settle()
    with pytest.raises(RetryableError, match="memory is short"):
        await world.entrances["in", Signal.LOGS].consume(logs(1))
    assert not flow.control.ready()
    assert world.meter.value("otelcol_dataflow_memory_level") == PressureLevel.HARD
    await flow.stop(Deadline.after(world.clock, 5))
    assert world.exit("out").items == 0
