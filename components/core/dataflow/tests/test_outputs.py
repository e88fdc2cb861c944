"""Where batches go: one output in several connections, and several outputs of one node."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from penstock_api import Deadline, PermanentError, Signal
from penstock_testkit import RecordingConsumer, logs, names_of

from .fakes import World


@contextlib.asynccontextmanager
async def running(world, nodes, connections, components=None):
    flow = world.flow(nodes, connections, components=components)
    await flow.start()
    try:
        yield world.entrances["in", Signal.LOGS].consume
    finally:
        await flow.stop(Deadline.after(world.clock, 5))


def names(world, *exits):
    return sorted(name for one in exits for batch in world.exit(one).batches for name in names_of(batch))


NODES = {"in": "receiver:push", "a": "exporter:keep", "b": "exporter:keep", "c": "exporter:keep"}


async def test_an_output_in_several_connections_sends_each_batch_into_each_of_them():
    world = World()
    ends = [{"from": "in", "to": "a"}, {"from": "in", "to": ["b", "c"]}]
    async with running(world, NODES, ends) as push:
        await asyncio.gather(*(push(logs(1, first=number)) for number in range(4)))
    assert names(world, "a") == names(world, "b", "c") == ["log-0", "log-1", "log-2", "log-3"]


async def test_a_router_sends_each_batch_to_the_output_that_it_chooses():
    class Choosing:
        def __init__(self, settings, config, outputs):
            self._outputs = outputs
            assert outputs.names == ("even", "odd")
            assert outputs.get("none") is None

        async def consume(self, batch):
            number = int(names_of(batch)[0].rpartition("-")[2])
            await self._outputs.get("odd" if number % 2 else "even").consume(batch)

    world = World()
    nodes = {**NODES, "mid": "processor:choose"}
    ends = [
        {"from": "in", "to": "mid"},
        {"from": 'mid["even"]', "to": "a"},
        {"from": 'mid["odd"]', "to": ["b", "c"], "policies": {"dispatch": "broadcast"}},
    ]
    choose = replace(world.router("choose"), create=Choosing)
    async with running(world, nodes, ends, world.standard(choose)) as push:
        for number in range(4):
            await push(logs(1, first=number))
    assert names(world, "a") == ["log-0", "log-2"]
    assert names(world, "b") == names(world, "c") == ["log-1", "log-3"]


async def test_the_default_output_is_the_one_that_a_component_with_one_sends_to():
    world = World()
    nodes = {**NODES, "in": {"type": "receiver:push", "default_output": "out"}}
    async with running(world, nodes, [{"from": 'in["out"]', "to": ["a"]}]) as push:
        await push(logs(1))
    assert names(world, "a") == ["log-0"]


async def test_what_one_of_several_connections_refuses_its_sender_learns():
    world = World()
    world.exits["a"] = RecordingConsumer(PermanentError("no"))
    async with running(world, NODES, [{"from": "in", "to": "a"}, {"from": "in", "to": "b"}]) as push:
        with pytest.raises(PermanentError, match="no"):
            await push(logs(1))
