"""Pipelines that feed each other by topics: the order of their beginning and of their end."""

import pytest

from penstock_api import ExporterFactory, ReceiverFactory, Signal
from penstock_dataflow.controller import PipelineKey
from penstock_dataflow.controller.order import downstream_first, feeding
from penstock_testkit import logs, names_of

from .fakes import PlainConfig
from .running import Fleet, config, group, pipeline

A, B, C = (PipelineKey("g", name) for name in "abc")


@pytest.mark.parametrize(
    ("joins", "order"),
    [
        ([], [A, B, C]),
        ([("g/a", "g/b"), ("g/b", "g/c")], [C, B, A]),
        ([("g/c", "g/a")], [A, B, C]),
        ([("g/a", "g/a"), ("", "g/b"), ("g/b", "elsewhere")], [A, B, C]),
        ([("g/a", "g/b"), ("g/b", "g/a"), ("g/a", "g/c")], [C, A, B]),
    ],
    ids=["alone", "chain", "already so", "itself and strangers", "each other"],
)
def test_what_is_fed_begins_first(joins, order):
    assert list(downstream_first((A, B, C), joins)) == order


def test_two_that_feed_each_other_do_not_wait_for_each_other():
    before = feeding((A, B, C), [("g/a", "g/b"), ("g/b", "g/a"), ("g/a", "g/c")])
    assert before == {A: frozenset(), B: frozenset(), C: frozenset({A})}


async def test_a_pipeline_that_is_fed_by_another_delivers_what_that_flushes_at_the_end():
    fleet = Fleet()

    class Flushing:
        """Keeps what it is given until the end."""

        def __init__(self, settings, config):
            self.publish, self.held = settings.topics.publisher("t", Signal.LOGS).consume, []

        async def consume(self, batch):
            self.held.append(batch)

        async def shutdown(self, deadline):
            for batch in self.held:
                await self.publish(batch)

    def read(settings, config, onward):
        return settings.topics.subscription("t", Signal.LOGS, onward, settings.tasks)

    components = fleet.distribution(
        ExporterFactory(kind="flushing", config=PlainConfig, create_logs=Flushing),
        ReceiverFactory(kind="reading", config=PlainConfig, create_logs=read),
    )
    fed = pipeline({"read": "receiver:reading", "out": "exporter:keep"}, [{"from": "read", "to": "out"}])
    feeds = pipeline({"in": "receiver:push", "end": "exporter:flushing"}, [{"from": "in", "to": "end"}])
    auto = {"t": {"policies": {"ack_propagation": {"mode": "auto"}}}}
    written = config({"g": group(a_reads=fed, b_feeds=feeds)}, topics=auto)
    async with fleet.engine(written, components):
        await fleet.push(batch=logs(2))
        assert fleet.exit("out").items == 0
    assert [name for batch in fleet.exit("out").batches for name in names_of(batch)] == ["log-0", "log-1"]
