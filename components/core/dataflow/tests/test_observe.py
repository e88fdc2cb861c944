"""What nodes and channels tell of themselves, at each level."""

import asyncio
import contextlib

import pytest

from penstock_api import Deadline, PartialError, PermanentError, RetryableError, Signal
from penstock_dataflow.pipeline.observe import Observer
from penstock_engine.metrics import Registry
from penstock_testkit import FakeClock, RecordingConsumer, logs, settle

from .fakes import World

CHAIN = {"in": "receiver:push", "mid": "processor:pass", "out": "exporter:keep"}
CHAINED = [{"from": "in", "to": "mid"}, {"from": "mid", "to": "out"}]


@pytest.fixture
def world():
    return World(meter=Registry())


@contextlib.asynccontextmanager
async def running(world, level, nodes=CHAIN):
    flow = world.flow(nodes, CHAINED, policies={"telemetry": {"runtime_metrics": level}})
    await flow.start()
    yield flow
    await flow.stop(Deadline.after(world.clock, 5))


def shown(world, prefix):
    """What is measured under names that begin with `prefix`, zeros left out."""
    return {
        key.removeprefix("otelcol_dataflow_"): value
        for key, value in world.meter.snapshot().items()
        if key.startswith(f"otelcol_dataflow_{prefix}") and value
    }


async def test_at_level_none_nothing_is_measured_and_nothing_is_in_the_way(world):
    async with running(world, "none"):
        assert shown(world, "channel") == shown(world, "node") == {}
        taker = RecordingConsumer()
        observer = Observer("none", world.meter, world.clock)
        assert observer.consumed(None, taker) is observer.produced(None, taker) is taker


async def test_basic_measures_channels(world):
    async with running(world, "basic"):
        world.exit("out").hold()
        spawn = asyncio.get_running_loop().create_task
        push = world.entrances["in", Signal.LOGS].consume
        sending = [spawn(push(logs(1))) for _ in range(3)]
        await settle()
        assert shown(world, "channel_depth") == {'channel_depth{node="mid",pipeline="g/p"}': 2}
        assert shown(world, "channel_capacity") == {
            'channel_capacity{node="mid",pipeline="g/p"}': 128,
            'channel_capacity{node="out",pipeline="g/p"}': 128,
        }
        assert shown(world, "node") == {}
        world.exit("out").release()
        await asyncio.gather(*sending)
    assert shown(world, "channel") == {}  # a pipeline that has ended has no channels


async def test_normal_counts_the_batches_of_nodes_by_outcome(world):
    world.exits["out"] = RecordingConsumer(
        None,
        RetryableError("later"),
        PermanentError("never"),
        KeyError("a bug"),
        PartialError("", rejected=1),
    )
    async with running(world, "normal"):
        for _ in range(5):
            with contextlib.suppress(Exception):
                await world.entrances["in", Signal.LOGS].consume(logs(2))
        outcomes = {
            outcome: shown(world, "node_consumed")[
                f'node_consumed_batches{{node="out",outcome="{outcome}",pipeline="g/p",signal="logs"}}'
            ]
            for outcome in ("success", "failure", "refused", "partial")
        }
        assert outcomes == {"success": 1, "failure": 1, "refused": 2, "partial": 1}
        produced = [key for key in shown(world, "node_produced") if 'node="in"' in key]
        assert len(produced) == 4
        assert not any("items" in key or "duration" in key for key in shown(world, "node"))


async def test_a_node_can_ask_for_counts_of_items(world):
    asking = {"type": "exporter:keep", "policies": {"telemetry": {"item_counts": True}}}
    world.exits["out"] = RecordingConsumer(PartialError("", rejected=2))
    async with running(world, "normal", {**CHAIN, "out": asking}):
        with pytest.raises(PartialError):
            await world.entrances["in", Signal.LOGS].consume(logs(5))
        where = 'node="out",outcome="{}",pipeline="g/p",signal="logs"'
        assert shown(world, "node_consumed_items") == {
            f"node_consumed_items{{{where.format('partial')}}}": 3,
            f"node_consumed_items{{{where.format('refused')}}}": 2,
        }


async def test_detailed_counts_all_items_and_measures_how_long_outcomes_take(world):
    async with running(world, "detailed"):
        world.exit("out").hold()
        push = world.entrances["in", Signal.LOGS].consume(logs(5))
        sending = asyncio.get_running_loop().create_task(push)
        await settle()
        await world.clock.advance(3)
        world.exit("out").release()
        await sending
        where = 'node="{}",pipeline="g/p",signal="logs"'
        for node, what in (("in", "produced"), ("mid", "consumed"), ("mid", "produced"), ("out", "consumed")):
            assert shown(world, f"node_{what}_duration")[
                f"node_{what}_duration_sum{{{where.format(node)}}}"
            ] == pytest.approx(3)
        items = shown(world, "node_consumed_items")
        assert sum(items.values()) == 10


async def test_a_batch_that_is_cut_off_counts_as_failed(world):
    observer = Observer("normal", world.meter, FakeClock())
    [node] = [one for one in (await _nodes(world)) if one.id == "out"]
    taker = RecordingConsumer()
    taker.hold()
    taking = asyncio.get_running_loop().create_task(observer.consumed(node, taker).consume(logs(1)))
    await settle()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    assert shown(world, "node") == {'node_consumed_batches{node="out",outcome="failure",signal="logs"}': 1}


async def _nodes(world):
    return world.flow(CHAIN, CHAINED).control.config.pipelines[0].nodes.values()
