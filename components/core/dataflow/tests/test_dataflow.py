import asyncio
import contextlib
import logging

import pytest

from penstock_api import (
    ComponentId,
    ConfigError,
    Deadline,
    Kind,
    PermanentError,
    RetryableError,
    Signal,
    StartError,
    Status,
)
from penstock_testkit import RecordingConsumer, logs, make, metrics, names_of, settle, traces

from .fakes import World

CHAIN = {"in": "receiver:push", "mid": "processor:pass", "out": "exporter:keep"}
CHAINED = [{"from": "in", "to": "mid"}, {"from": "mid", "to": "out"}]


@pytest.fixture
def world():
    return World()


@contextlib.asynccontextmanager
async def running(world, nodes, connections, **more):
    flow = world.flow(nodes, connections, **more)
    try:
        await flow.start()
        yield flow
    finally:
        await flow.stop(Deadline.after(world.clock, 5))


def names(consumer):
    return [name for batch in consumer.batches for name in names_of(batch)]


@pytest.mark.parametrize("signal", Signal)
async def test_a_batch_of_any_signal_goes_from_a_receiver_to_an_exporter(world, signal):
    async with running(world, CHAIN, CHAINED):
        await world.entrances["in", signal].consume(make(signal, 3))
    assert world.exit("out").items == 3


async def test_nodes_start_downstream_first_and_stop_upstream_first_and_shared_parts_once(world):
    async with running(world, CHAIN, CHAINED):
        started, world.diary[:] = list(world.diary), []
    assert started == ["start mid traces", "start mid metrics", "start mid logs", "start in"]
    assert world.diary == ["stop in", "stop mid traces", "stop mid metrics", "stop mid logs"]


async def test_the_outcome_of_the_last_node_reaches_the_first(world):
    world.exits["out"] = RecordingConsumer(RetryableError("later", after=3.0))
    async with running(world, CHAIN, CHAINED):
        with pytest.raises(RetryableError, match="later") as caught:
            await world.entrances["in", Signal.LOGS].consume(logs(1))
    assert caught.value.after == 3.0


async def test_broadcast_gives_every_destination_each_batch(world):
    nodes = {"in": "receiver:push", "a": "exporter:keep", "b": "exporter:keep"}
    both = [{"from": "in", "to": ["a", "b"], "policies": {"dispatch": "broadcast"}}]
    async with running(world, nodes, both):
        await world.entrances["in", Signal.TRACES].consume(traces(2))
    assert names(world.exit("a")) == names(world.exit("b")) == ["span-0", "span-1"]


async def test_a_broadcast_destination_that_changes_batches_changes_only_its_own(world):
    class Renaming:
        def __init__(self, settings, config, onward):
            self._onward = onward

        async def consume(self, batch):
            message = batch.edit()
            message.resource_logs[0].scope_logs[0].log_records[0].body.string_value = "changed"
            await self._onward.consume(type(batch).from_message(message))

    nodes = {"in": "receiver:push", "edit": "processor:rename", "a": "exporter:keep", "b": "exporter:keep"}
    ends = [
        {"from": "in", "to": ["edit", "b"], "policies": {"dispatch": "broadcast"}},
        {"from": "edit", "to": "a"},
    ]
    rename = world.processor("rename", signals=(Signal.LOGS,), make=Renaming, mutates_data=True)
    async with running(world, nodes, ends, components=world.standard(rename)):
        await world.entrances["in", Signal.LOGS].consume(logs(1))
    assert (names(world.exit("a")), names(world.exit("b"))) == (["changed"], ["log-0"])


async def test_one_of_gives_each_batch_to_whichever_destination_is_free(world):
    nodes = {"in": "receiver:push", "a": "exporter:keep", "b": "exporter:keep"}
    world.exit("a").hold()
    async with running(world, nodes, [{"from": "in", "to": ["a", "b"]}]):
        push = world.entrances["in", Signal.LOGS].consume
        spawn = asyncio.get_running_loop().create_task
        sending = [spawn(push(logs(1, first=number))) for number in range(4)]
        await world.exit("b").received(3)
        world.exit("a").release()
        await asyncio.gather(*sending)
    assert (names(world.exit("a")), sorted(names(world.exit("b")))) == (
        ["log-0"],
        ["log-1", "log-2", "log-3"],
    )


async def test_the_sources_of_one_connection_share_its_queue(world):
    nodes = {"one": "receiver:push", "two": "receiver:push", "a": "exporter:keep", "b": "exporter:keep"}
    async with running(world, nodes, [{"from": ["one", "two"], "to": ["a", "b"]}], capacity=1):
        world.exit("a").hold()
        world.exit("b").hold()
        spawn = asyncio.get_running_loop().create_task
        first = spawn(world.entrances["one", Signal.LOGS].consume(logs(1)))
        second = spawn(world.entrances["two", Signal.LOGS].consume(logs(1)))
        await settle()
        assert len(world.exit("a").offered) + len(world.exit("b").offered) == 1  # one in all, not one each
        world.exit("a").release()
        world.exit("b").release()
        await asyncio.gather(first, second)


async def test_one_inbox_takes_what_several_connections_bring_and_pushes_back_when_full(world):
    nodes = {"one": "receiver:push", "two": "receiver:push", "out": "exporter:keep"}
    ends = [{"from": "one", "to": "out"}, {"from": "two", "to": "out"}]
    async with running(world, nodes, ends, capacity=2):
        world.exit("out").hold()
        spawn = asyncio.get_running_loop().create_task
        every = [world.entrances[name, Signal.LOGS] for name in ("one", "two", "one")]
        sending = [spawn(entrance.consume(logs(1, first=number))) for number, entrance in enumerate(every)]
        await settle()
        assert len(world.exit("out").offered) == 1
        assert not any(sender.done() for sender in sending)
        world.exit("out").release()
        await asyncio.gather(*sending)
    assert names(world.exit("out")) == ["log-0", "log-1", "log-2"]


async def test_a_destination_can_compete_and_have_an_inbox_too(world):
    nodes = {"one": "receiver:push", "two": "receiver:push", "a": "exporter:keep", "b": "exporter:keep"}
    async with running(world, nodes, [{"from": "one", "to": ["a", "b"]}, {"from": "two", "to": "a"}]):
        for number, name in enumerate(("one", "two", "one", "two")):
            await world.entrances[name, Signal.LOGS].consume(logs(1, first=number))
    assert sorted(names(world.exit("a")) + names(world.exit("b"))) == ["log-0", "log-1", "log-2", "log-3"]
    assert {"log-1", "log-3"} <= set(names(world.exit("a")))


async def test_a_batch_of_a_signal_that_a_node_does_not_take_is_refused_for_good_and_counted(world):
    nodes = {**CHAIN, "mid": "processor:logs_only"}
    only = world.standard(world.processor("logs_only", signals=(Signal.LOGS,)))
    async with running(world, nodes, CHAINED, components=only):
        with pytest.raises(
            PermanentError, match=r"^node does not take metrics: mid \(processor:logs_only\)$"
        ):
            await world.entrances["in", Signal.METRICS].consume(metrics(4))
        await world.entrances["in", Signal.LOGS].consume(logs(1))
    assert world.meter.value("otelcol_dataflow_refused_metric_points", node="mid", pipeline="g/p") == 4
    assert world.exit("out").items == 1


async def test_what_a_plain_exporter_sends_is_counted_as_in_a_collector(world):
    world.exits["out"] = RecordingConsumer(None, PermanentError("no"))
    async with running(world, CHAIN, CHAINED):
        push = world.entrances["in", Signal.LOGS].consume
        await push(logs(3))
        with pytest.raises(PermanentError):
            await push(logs(2))
    assert world.meter.value("otelcol_exporter_sent_log_records", exporter="keep/out", pipeline="g/p") == 3
    assert (
        world.meter.value("otelcol_exporter_send_failed_log_records", exporter="keep/out", pipeline="g/p")
        == 2
    )


async def test_a_component_knows_its_node_and_logs_it(world, caplog):
    async with running(world, CHAIN, CHAINED):
        settings = world.settings["in", Signal.LOGS]
        settings.log.warning("odd")
    assert (settings.kind, settings.id) == (Kind.RECEIVER, ComponentId("push", "in"))
    [record] = caplog.records
    assert record.fields == {
        "otelcol.component.kind": "receiver",
        "otelcol.component.id": "push/in",
        "dataflow.pipeline": "g/p",
        "dataflow.node": "in",
        "otelcol.signal": "logs",
    }


async def test_unconnected_nodes_are_left_out_with_a_warning(world, caplog):
    async with running(world, {**CHAIN, "idle": "exporter:keep"}, CHAINED):
        pass
    assert "idle" not in world.exits
    [record] = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert record.message == "node is not connected and is left out"
    assert record.fields == {"dataflow.pipeline": "g/p", "dataflow.node": "idle"}


def test_a_node_type_that_is_not_there_is_a_config_error(world):
    with pytest.raises(
        ConfigError,
        match=r"(?s)::in::type: this distribution has no such node type: receiver:pusch\n  hint: did you mean `receiver:push`",
    ):
        world.flow({**CHAIN, "in": "receiver:pusch"}, CHAINED)


def test_a_node_config_that_is_wrong_is_a_config_error(world):
    wrong = {"type": "exporter:keep", "config": {"sise": 1, "size": "x"}}
    with pytest.raises(ConfigError) as caught:
        world.flow({**CHAIN, "out": wrong}, CHAINED)
    assert [(one.path[-2:], one.what) for one in caught.value.problems] == [
        (("config", "size"), "expected a whole number, got a string: 'x'"),
        (("config", "sise"), "unknown key"),
    ]


async def test_a_node_that_cannot_start_is_named_and_the_others_are_stopped(world):
    class Broken:
        def __init__(self, settings, config, onward):
            pass

        async def start(self):
            raise OSError("port in use")

        async def consume(self, batch):
            raise AssertionError

        async def shutdown(self, deadline):
            world.diary.append("stop broken")

    broken = world.processor("broken", signals=(Signal.LOGS,), make=Broken)
    nodes = {
        "in": "receiver:push",
        "bad": "processor:broken",
        "mid": "processor:pass",
        "out": "exporter:keep",
    }
    ends = [{"from": "in", "to": "bad"}, {"from": "bad", "to": "mid"}, {"from": "mid", "to": "out"}]
    flow = world.flow(nodes, ends, components=world.standard(broken))
    with pytest.raises(StartError, match=r"^failed to start node bad \(processor:broken\): port in use$"):
        await flow.start()
    world.diary.clear()
    assert await flow.stop(Deadline.after(world.clock, 5)) == ()
    assert world.diary == ["stop broken", "stop mid traces", "stop mid metrics", "stop mid logs"]


async def test_one_part_that_fails_to_stop_leaves_no_other_part_running(world):
    class Stubborn:
        def __init__(self, settings, config, onward):
            self._first = not world.diary
            world.diary.append("made")

        async def consume(self, batch):
            raise AssertionError

        async def shutdown(self, deadline):
            world.diary.append("stop")
            if self._first:
                raise OSError("will not")

    components = world.standard(world.processor("stubborn", make=Stubborn))
    flow = world.flow({**CHAIN, "mid": "processor:stubborn"}, CHAINED, components=components)
    await flow.start()
    problems = await flow.stop(Deadline.after(world.clock, 5))
    assert problems == ("failed to shut down node mid (processor:stubborn): will not",)
    assert world.diary.count("stop mid") == 0
    assert world.diary.count("stop") == 3


async def test_a_node_that_fails_for_good_while_it_runs_is_heard_of(world):
    async def fail():
        raise OSError("lost the port")

    async with running(world, CHAIN, CHAINED, policies={"runtime_recovery": {"enabled": False}}) as flow:
        world.settings["in", Signal.LOGS].tasks.spawn(fail(), name="serving")
        await asyncio.wait_for(flow.failed.wait(), 5)
        assert flow.error == "pipeline g/p failed: node in (receiver:push) failed: OSError: lost the port"
        assert flow.statuses()["g/p"]["in"].status is Status.FATAL_ERROR


async def test_stopping_drains_what_is_on_its_way(world):
    async with running(world, CHAIN, CHAINED) as flow:
        world.exit("out").hold()
        sending = asyncio.get_running_loop().create_task(world.entrances["in", Signal.LOGS].consume(logs(5)))
        await world.exit("out").tried(1)
        stopping = asyncio.get_running_loop().create_task(flow.stop(Deadline.after(world.clock, 5)))
        await settle()
        world.exit("out").release()
        assert await stopping == ()
        await sending
    assert world.exit("out").items == 5


async def test_stopping_ends_at_the_deadline_and_tells_the_sender(world):
    async with running(world, CHAIN, CHAINED) as flow:
        world.exit("out").hold()
        sending = asyncio.get_running_loop().create_task(world.entrances["in", Signal.LOGS].consume(logs(5)))
        await world.exit("out").tried(1)
        stopping = asyncio.get_running_loop().create_task(flow.stop(Deadline.after(world.clock, 5)))
        await world.clock.advance(5)
        await stopping
        with pytest.raises(
            RetryableError, match=r"^channel closed before the outcome was known: inbox of out$"
        ):
            await sending
    assert world.exit("out").items == 0
