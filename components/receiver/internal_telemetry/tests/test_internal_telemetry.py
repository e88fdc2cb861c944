import asyncio
import dataclasses
import logging
import math

import pytest

from penstock_api import ConfigError, Deadline, PartialError, RetryableError, Series, Signal, decode
from penstock_receiver_internal_telemetry import InternalTelemetryConfig, factory
from penstock_testkit import RecordingConsumer, make_settings, settle

BUSY = RetryableError("busy")


class Own:
    """Own telemetry that a test sets and says."""

    def __init__(self):
        self.resource = {}
        self.series = []
        self.handlers = []

    def metrics(self):
        return iter(self.series)

    def on_log(self, handler):
        self.handlers.append(handler)
        return lambda: self.handlers.remove(handler)

    def say(self, text, *arguments, level=logging.INFO, logger="penstock", error=None, **fields):
        info = (type(error), error, error.__traceback__) if error else None
        record = logging.LogRecord(logger, level, "file", 1, text, arguments, info)
        record.fields = fields
        for handler in self.handlers:
            handler(record)


class World:
    def __init__(self, signal, *answers, resource=(), **config):
        self.own = Own()
        self.own.resource = dict(resource)
        self.settings = dataclasses.replace(make_settings("receiver", "internal_telemetry"), own=self.own)
        self.clock = self.settings.clock
        self.onward = RecordingConsumer(*answers)
        made = decode(InternalTelemetryConfig, config)
        self.receiver = getattr(factory, f"create_{signal}")(self.settings, made, self.onward)

    async def __aenter__(self):
        await self.receiver.start()
        return self

    async def __aexit__(self, *_):
        await self.receiver.shutdown(Deadline.after(self.clock, 5))

    def dropped(self, reason):
        name = "otelcol_receiver_internal_telemetry_dropped_items"
        return self.settings.meter.value(name, reason=reason)

    def metrics(self):
        [batch] = self.onward.batches
        [resource] = batch.message().resource_metrics
        return {one.name: one for one in resource.scope_metrics[0].metrics}

    def records(self):
        return [
            (scope.scope.name, record)
            for batch in self.onward.batches
            for scope in batch.message().resource_logs[0].scope_logs
            for record in scope.log_records
        ]


def values(attributes):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


class TestMetrics:
    async def test_they_are_told_in_their_rhythm_and_at_the_end(self):
        async with World("metrics") as world:
            world.own.series = [Series("c", "counter", {}, 1.0)]
            for seconds, batches in ((9.9, 0), (0.1, 1), (10, 2)):
                await world.clock.advance(seconds)
                assert len(world.onward.batches) == batches
        assert len(world.onward.batches) == 3

    async def test_counters_are_sums_and_gauges_are_gauges(self):
        async with World("metrics") as world:
            world.own.series = [
                Series("c", "counter", {"k": "v"}, 5.0, unit="{items}"),
                Series("c", "counter", {"k": "w"}, 7.0, unit="{items}"),
                Series("g", "gauge", {}, 0.5),
            ]
            await world.clock.advance(10)
            found = world.metrics()
            total = found["c"].sum
            assert (found["c"].unit, total.is_monotonic, total.aggregation_temporality) == (
                "{items}",
                True,
                2,
            )
            assert [(values(p.attributes), p.as_double) for p in total.data_points] == [
                ({"k": "v"}, 5.0),
                ({"k": "w"}, 7.0),
            ]
            began, now = total.data_points[0].start_time_unix_nano, total.data_points[0].time_unix_nano
            assert now - began == 10_000_000_000
            assert found["g"].gauge.data_points[0].as_double == 0.5
            world.own.series = []

    async def test_histograms_are_put_together(self):
        parts = [("_bucket", "1.0", 2), ("_bucket", "5.0", 3), ("_bucket", "+Inf", 4)]
        async with World("metrics") as world:
            world.own.series = [
                *(Series("h", "histogram", {"k": "v", "le": le}, n, suffix) for suffix, le, n in parts),
                Series("h", "histogram", {"k": "v"}, 17.5, "_sum"),
                Series("h", "histogram", {"k": "v"}, 4, "_count"),
            ]
            await world.clock.advance(10)
            [point] = world.metrics()["h"].histogram.data_points
            assert (list(point.bucket_counts), list(point.explicit_bounds)) == ([2, 1, 1], [1.0, 5.0])
            assert (point.count, point.sum, values(point.attributes)) == (4, 17.5, {"k": "v"})
            world.own.series = []

    async def test_what_cannot_be_read_is_left_out(self):
        async with World("metrics") as world:
            world.own.series = [Series("a", "gauge", {}, math.nan), Series("b", "gauge", {}, 1.0)]
            await world.clock.advance(10)
            assert list(world.metrics()) == ["b"]
            world.own.series = []

    async def test_views_leave_out_and_rename(self):
        views = [
            {"selector": {"instrument_name": "a_*"}, "stream": {"drop": True}},
            {"selector": {"instrument_name": "b"}, "stream": {"name": "bee"}},
            {"selector": {"instrument_name": "c"}},
        ]
        async with World("metrics", metrics={"views": views}) as world:
            world.own.series = [Series(name, "gauge", {}, 1.0) for name in ("a_1", "a_2", "b", "c", "d")]
            await world.clock.advance(10)
            assert list(world.metrics()) == ["bee", "c", "d"]
            world.own.series = []

    async def test_it_says_who_speaks(self):
        async with World("metrics") as world:
            world.own.series = [Series("c", "counter", {}, 1.0)]
            await world.clock.advance(10)
            resource = world.onward.batches[0].message().resource_metrics[0].resource
            assert values(resource.attributes) == {
                "service.name": "penstock-test",
                "service.version": "0.0.0",
            }
            world.own.series = []

    async def test_who_the_service_says_it_is_goes_before_what_is_known_of_the_build(self):
        told = {"service.name": "mine", "zone": "a"}
        async with World("metrics", resource=told) as world:
            world.own.series = [Series("c", "counter", {}, 1.0)]
            await world.clock.advance(10)
            resource = world.onward.batches[0].message().resource_metrics[0].resource
            assert values(resource.attributes) == {**told, "service.version": "0.0.0"}

    async def test_what_the_pipeline_refuses_is_counted(self):
        async with World("metrics", BUSY) as world:
            world.own.series = [Series("c", "counter", {}, 1.0), Series("d", "counter", {}, 1.0)]
            await world.clock.advance(10)
            assert world.dropped("refused") == 2
            world.own.series = []


class TestLogs:
    async def test_records_keep_what_they_say(self):
        async with World("logs") as world:
            world.own.say(
                "took %s", "long", level=logging.WARNING, seconds=1.5, n=3, ok=True, who=None, e=[1]
            )
            await world.clock.advance(1)
            [(logger, record)] = world.records()
            assert (logger, record.body.string_value) == ("penstock", "took long")
            assert (record.severity_number, record.severity_text) == (13, "WARNING")
            assert values(record.attributes) == {"seconds": 1.5, "n": 3, "ok": True, "e": "[1]"}
            assert record.time_unix_nano == record.observed_time_unix_nano > 0

    @pytest.mark.parametrize(
        ("level", "number"), [(5, 1), (10, 5), (20, 9), (30, 13), (40, 17), (50, 21), (99, 21)]
    )
    async def test_levels_have_numbers(self, level, number):
        async with World("logs") as world:
            world.own.say("x", level=level)
        assert [record.severity_number for _, record in world.records()] == [number]

    async def test_an_exception_is_told_by_the_conventions(self):
        async with World("logs") as world:
            world.own.say("failed", error=KeyError("k"))
        [(_, record)] = world.records()
        found = values(record.attributes)
        assert (found["exception.type"], found["exception.message"]) == ("KeyError", "'k'")
        assert found["exception.stacktrace"].endswith("KeyError: 'k'\n")

    async def test_text_that_is_not_unicode_and_numbers_too_large_are_told_as_they_can_be(self):
        async with World("logs") as world:
            world.own.say("a\udcffb", large=2**70)
        [(_, record)] = world.records()
        assert record.body.string_value == "a?b"
        assert values(record.attributes) == {"large": str(2**70)}

    async def test_many_records_go_in_several_batches_by_logger(self):
        async with World("logs") as world:
            for number in range(600):
                world.own.say("x", logger=f"penstock.{number // 300}")
            await world.clock.advance(1)
            assert [len(batch) for batch in world.onward.batches] == [512, 88]
            assert [logger for logger, _ in world.records()] == ["penstock.0"] * 300 + ["penstock.1"] * 300

    async def test_records_that_come_too_fast_are_counted(self):
        async with World("logs", logs={"max_records": 2}) as world:
            for _ in range(5):
                world.own.say("x")
        assert (world.onward.items, world.dropped("overflow")) == (2, 3)

    @pytest.mark.parametrize(
        ("error", "lost"), [(BUSY, 3), (PartialError("some", rejected=2), 2), (KeyError("bug"), 3)]
    )
    async def test_what_the_pipeline_refuses_is_counted(self, error, lost):
        async with World("logs", error) as world:
            for _ in range(3):
                world.own.say("x")
            await world.clock.advance(1)
            assert world.dropped("refused") == lost
            world.settings.tasks.failures.clear()

    async def test_what_is_left_at_the_deadline_is_counted(self):
        world = World("logs")
        await world.receiver.start()
        world.own.say("x")
        await world.receiver.shutdown(Deadline.after(world.clock, 0))
        assert (world.dropped("stopped"), world.onward.items) == (1, 0)

    async def test_what_hangs_at_the_deadline_is_counted(self):
        world = World("logs")
        await world.receiver.start()
        world.onward.hold()
        world.own.say("x")
        stopping = asyncio.get_running_loop().create_task(
            world.receiver.shutdown(Deadline.after(world.clock, 2))
        )
        await settle()
        await world.clock.advance(2)
        await stopping
        assert world.dropped("refused") == 1

    async def test_after_the_end_nothing_is_heard(self):
        async with World("logs") as world:
            assert len(world.own.handlers) == 1
        assert world.own.handlers == []


@pytest.mark.parametrize(("signal", "other"), [("logs", "metrics"), ("metrics", "logs")])
def test_a_signal_that_is_not_asked_for_is_silent(signal, other):
    settings = make_settings("receiver", "internal_telemetry")
    config = InternalTelemetryConfig(signals=(other,))
    made = getattr(factory, f"create_{signal}")(settings, config, RecordingConsumer())
    assert not hasattr(made, "start")


def test_traces_there_are_none():
    assert factory.create_traces is None
    assert sorted(factory.stability) == sorted({Signal.LOGS, Signal.METRICS})


VIEW = {"instrument_name": "a*"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"signals": []}, r"`signals` must name `metrics`, `logs` or both: \[\]"),
        (
            {"metrics": {"views": [{"selector": VIEW, "stream": {"name": "x"}}]}},
            r"`stream.name` needs a selector that means one metric: a\*",
        ),
        (
            {
                "metrics": {
                    "views": [{"selector": {"instrument_name": "a"}, "stream": {"name": "x", "drop": True}}]
                }
            },
            "`stream.name` and `stream.drop` exclude each other: x",
        ),
        ({"metrics": {"interval": "0s"}}, "greater than 0"),
    ],
)
def test_a_mistake_is_named(wrong, message):
    with pytest.raises(ConfigError, match=message):
        decode(InternalTelemetryConfig, wrong)
