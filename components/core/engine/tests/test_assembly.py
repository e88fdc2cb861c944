import asyncio
import itertools

import pytest

from penstock_api import ConfigError, Deadline, StartError, Status
from penstock_engine import Assembly, Edge, Graph, GraphError, Node, Tapped, compete
from penstock_testkit import FakeClock, make_settings, settle

from .probes import Note, Probe, Reports, Sink, Writer, probe_node, sink_node


def assemble(nodes, edges, reports=None, tasks=None):
    described = (reports or Reports()).describe
    return Assembly.build(Graph.of(nodes, edges), described, tasks or make_settings().tasks)


def edges(*pairs, **more):
    return [Edge(source=source, target=target, **more) for source, target in pairs]


def deadline(clock=None, seconds=5):
    return Deadline.after(clock or FakeClock(), seconds)


CHAIN = edges(("receiver", "processor"), ("processor", "exporter"))


def chain(diary, **failing):
    return [
        probe_node(name, diary, **failing.get(name, {})) for name in ("receiver", "processor", "exporter")
    ]


async def test_c_35_components_start_downstream_first_and_stop_upstream_first():
    diary = []
    assembly = assemble(chain(diary), CHAIN)
    await assembly.start()
    assert diary == ["start exporter", "start processor", "start receiver"]
    diary.clear()
    assert await assembly.stop(deadline()) == ()
    assert diary == ["stop receiver", "stop processor", "stop exporter"]


async def test_c_35_sources_start_after_everything_even_on_a_short_way():
    diary = []
    nodes = [probe_node(name, diary) for name in ("short", "long", "p1", "p2", "end")]
    assembly = assemble(nodes, edges(("short", "end"), ("long", "p1"), ("p1", "p2"), ("p2", "end")))
    await assembly.start()
    assert diary == ["start end", "start p2", "start p1", "start short", "start long"]
    await assembly.stop(deadline())


async def test_c_36_a_failed_start_stops_what_had_been_started_in_order():
    diary, reports = [], Reports()
    nodes = chain(diary, processor={"fail_start": OSError("port in use")})
    assembly = assemble(nodes, CHAIN, reports)
    with pytest.raises(StartError, match=r'^failed to start "processor": port in use$'):
        await assembly.start()
    diary.clear()
    assert await assembly.stop(deadline()) == ()
    assert diary == ["stop processor", "stop exporter"]
    assert ("processor", Status.PERMANENT_ERROR, "port in use") in reports.events


async def test_a_component_that_trips_over_its_own_cancelled_task_stops_nobody_else():
    diary, reports = [], Reports()
    nodes = chain(diary, receiver={"fail_stop": asyncio.CancelledError()})
    assembly = assemble(nodes, CHAIN, reports)
    await assembly.start()
    problems = await assembly.stop(deadline())
    assert problems == ('failed to shut down "receiver": it awaited a task that was cancelled',)
    assert diary[-3:] == ["stop receiver", "stop processor", "stop exporter"]


async def test_a_component_that_trips_over_its_own_cancelled_task_cannot_start():
    assembly = assemble(chain([], processor={"fail_start": asyncio.CancelledError()}), CHAIN)
    with pytest.raises(StartError, match='"processor": it awaited a task that was cancelled'):
        await assembly.start()
    await assembly.stop(deadline())


async def test_a_start_that_is_cancelled_ends_at_once():
    class Slow(Probe):
        async def start(self):
            await asyncio.Event().wait()

    assembly = assemble([Node(id="r", create=lambda _: Slow("r", []))], [])
    starting = asyncio.get_running_loop().create_task(assembly.start())
    await settle()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await assembly.stop(deadline())


async def test_one_failure_to_stop_never_keeps_the_rest_running():
    diary, reports = [], Reports()
    nodes = chain(diary, receiver={"fail_stop": OSError("a")}, exporter={"fail_stop": OSError("b")})
    assembly = assemble(nodes, CHAIN, reports)
    await assembly.start()
    problems = await assembly.stop(deadline())
    assert problems == ('failed to shut down "receiver": a', 'failed to shut down "exporter": b')
    assert diary[-3:] == ["stop receiver", "stop processor", "stop exporter"]
    assert reports.events[-1] == ("exporter", Status.PERMANENT_ERROR, 'failed to shut down "exporter": b')


async def test_stopping_twice_or_before_start_does_nothing():
    diary = []
    assembly = assemble(chain(diary), CHAIN)
    assert await assembly.stop(deadline()) == ()
    await assembly.start()
    await assembly.stop(deadline())
    diary.clear()
    assert await assembly.stop(deadline()) == ()
    assert diary == []


async def test_a_component_without_a_life_goes_through_the_statuses_too():
    reports, sink = Reports(), Sink()
    assembly = assemble([probe_node("r", []), sink_node("e", sink)], edges(("r", "e")), reports)
    await assembly.start()
    await assembly.stop(deadline())
    assert [status for name, status, _ in reports.events if name == "e"] == [
        Status.STARTING,
        Status.OK,
        Status.STOPPING,
        Status.STOPPED,
    ]


async def test_an_object_that_serves_several_nodes_starts_once_and_stops_once():
    diary = []
    shared = Probe("shared", diary)
    nodes = [Node(id=name, create=lambda _: shared) for name in ("r/a", "r/b")]
    nodes += [probe_node("end", diary)]
    assembly = assemble(nodes, edges(("r/a", "end"), ("r/b", "end")))
    await assembly.start()
    await assembly.stop(deadline())
    assert diary == ["start end", "start shared", "stop shared", "stop end"]


async def test_a_shared_object_stops_after_all_that_feeds_any_of_its_nodes():
    diary = []
    shared = Probe("shared", diary)
    nodes = [probe_node("r1", diary), probe_node("r2", diary), probe_node("p", diary)]
    nodes += [Node(id=name, create=lambda _: shared) for name in ("e/a", "e/b")]
    assembly = assemble(nodes, edges(("r1", "e/a"), ("r2", "p"), ("p", "e/b")))
    await assembly.start()
    diary.clear()
    await assembly.stop(deadline())
    assert diary == ["stop r1", "stop r2", "stop p", "stop shared"]


def test_objects_that_feed_each_other_through_sharing_are_refused():
    one, two = Probe("one", []), Probe("two", [])
    nodes = [probe_node("r", [])]
    nodes += [
        Node(id=name, create=lambda _, made=made: made) for name, made in (("a", one), ("b", two), ("c", one))
    ]
    with pytest.raises(GraphError, match=r'^components that share an object feed each other: "a", "b"$'):
        assemble(nodes, edges(("r", "a"), ("a", "b"), ("b", "c")))


def test_a_component_that_cannot_be_created_is_named():
    def broken(_onward):
        raise OSError("no such device")

    nodes = [Node(id="r", create=broken), probe_node("e", [])]
    with pytest.raises(StartError, match=r'^failed to create "r": no such device$'):
        assemble(nodes, edges(("r", "e")))


def test_a_component_that_finds_its_config_wrong_says_so_itself():
    def refuse(_onward):
        raise ConfigError.single("no endpoint")

    nodes = [Node(id="r", create=refuse), probe_node("e", [])]
    with pytest.raises(ConfigError, match=r"^no endpoint$"):
        assemble(nodes, edges(("r", "e")))


def test_a_node_that_others_feed_must_take_payloads():
    nodes = [probe_node("r", []), Node(id="e", create=lambda _: object())]
    with pytest.raises(GraphError, match=r"^a node that others feed must have `consume`: e$"):
        assemble(nodes, edges(("r", "e")))


async def test_ports_lead_where_their_edges_say():
    sinks = {"left": Sink(), "right": Sink()}
    source = Probe("r", [])

    def create(onward):
        source.onward = onward
        return source

    nodes = [Node(id="r", create=create), *(sink_node(name, sink) for name, sink in sinks.items())]
    assemble(nodes, [Edge(source="r", target=name, port=f"to {name}") for name in sinks])
    await source.onward["to left"].consume(Note("x"))
    assert (sinks["left"].texts, sinks["right"].texts) == (["x"], [])


async def test_a_change_two_nodes_down_one_branch_does_not_show_in_the_other():
    sink, ends, source = Sink(), Sink(), Probe("r", [])

    def start(onward):
        source.onward = onward
        return source

    nodes = [
        Node(id="r", create=start),
        Node(id="pass", create=lambda onward: Probe("pass", [], onward)),
        Node(id="write", create=lambda onward: Writer("!", onward["default"]), mutates=True),
        sink_node("end", ends),
        sink_node("reader", sink),
    ]
    assemble(nodes, edges(("r", "pass"), ("pass", "write"), ("write", "end"), ("r", "reader")))
    await source.onward["default"].consume(Note("x"))
    assert (ends.texts, sink.texts) == (["x!"], ["x"])


async def test_a_tapped_component_is_started_and_stopped_but_its_tap_takes_the_payloads():
    diary, tap, source = [], Sink(), Probe("r", [])

    def start(onward):
        source.onward = onward
        return source

    nodes = [Node(id="r", create=start), Node(id="e", create=lambda _: Tapped(tap, Probe("e", diary)))]
    assembly = assemble(nodes, edges(("r", "e")))
    await assembly.start()
    await source.onward["default"].consume(Note("x"))
    await assembly.stop(deadline())
    assert (diary, tap.texts) == (["start e", "stop e"], ["x"])


def flowing(sink_or_node, capacity=None, inbox=None):
    """A source that the test pushes into, one edge, and an end."""
    source = Probe("r", [])

    def start(onward):
        source.onward = onward
        return source

    nodes = [Node(id="r", create=start), sink_node("e", sink_or_node, inbox=inbox)]
    return source, assemble(nodes, [Edge(source="r", target="e", capacity=capacity)])


@pytest.mark.parametrize("where", [{"capacity": 1}, {"inbox": 1}], ids=["edge", "inbox"])
async def test_a_channel_pushes_back_when_full_and_drains_at_stop(where):
    sink = Sink(gate=asyncio.Event())
    source, assembly = flowing(sink, **where)
    await assembly.start()
    spawn = asyncio.get_running_loop().create_task
    senders = [spawn(source.onward["default"].consume(Note(text))) for text in "ab"]
    await settle()
    assert not any(sender.done() for sender in senders)
    sink.gate.set()
    await asyncio.gather(*senders)
    assert await assembly.stop(deadline()) == ()
    assert sink.texts == ["a", "b"]


async def test_one_inbox_takes_what_all_edges_bring():
    sink, sources = Sink(gate=asyncio.Event()), {}

    def create(name):
        def start(onward):
            sources[name] = Probe(name, [], onward)
            return sources[name]

        return Node(id=name, create=start)

    nodes = [create("r1"), create("r2"), sink_node("e", sink, inbox=1)]
    assembly = assemble(nodes, edges(("r1", "e"), ("r2", "e")))
    await assembly.start()
    spawn = asyncio.get_running_loop().create_task
    senders = [spawn(one.onward["default"].consume(Note(name))) for name, one in sources.items()]
    await settle()
    assert not any(sender.done() for sender in senders)
    sink.gate.set()
    await asyncio.gather(*senders)
    await assembly.stop(deadline())
    assert sorted(sink.texts) == ["r1", "r2"]


async def test_of_nodes_that_compete_one_gets_each_payload():
    busy, free, source = Sink(gate=asyncio.Event()), Sink(), Probe("r", [])

    def start(onward):
        source.onward = onward
        return source

    tasks = make_settings().tasks
    nodes = [Node(id="r", create=start), compete("queue", tasks, capacity=4)]
    nodes += [sink_node("busy", busy), sink_node("free", free)]
    wiring = [Edge(source="r", target="queue")]
    wiring += [Edge(source="queue", target=name, port=name) for name in ("busy", "free")]
    assembly = assemble(nodes, wiring, tasks=tasks)
    await assembly.start()
    spawn = asyncio.get_running_loop().create_task
    senders = [spawn(source.onward["default"].consume(Note(text))) for text in "abc"]
    await settle()
    assert free.texts == ["b", "c"]
    busy.gate.set()
    await asyncio.gather(*senders)
    await assembly.stop(deadline())
    assert busy.texts == ["a"]


async def test_what_a_stage_flushes_at_stop_still_gets_through_the_channel_behind_it():
    sink = Sink()

    class Holder(Probe):
        async def shutdown(self, deadline):
            await self.onward["default"].consume(Note("flushed"))

    nodes = [
        probe_node("r", []),
        Node(id="p", create=lambda onward: Holder("p", [], onward)),
        sink_node("e", sink, inbox=4),
    ]
    assembly = assemble(nodes, edges(("r", "p"), ("p", "e")))
    await assembly.start()
    assert await assembly.stop(deadline()) == ()
    assert sink.texts == ["flushed"]


async def test_a_component_that_is_stuck_is_given_up_a_second_after_the_deadline():
    clock, diary = FakeClock(), []

    class Stuck(Probe):
        async def shutdown(self, deadline):
            await asyncio.Event().wait()

    nodes = [Node(id="r", create=lambda _: Stuck("r", diary)), probe_node("e", diary)]
    assembly = assemble(nodes, edges(("r", "e")))
    await assembly.start()
    stopping = asyncio.get_running_loop().create_task(assembly.stop(deadline(clock, 3)))
    await clock.advance(2.9)
    assert diary[-1] == "start r"
    await clock.advance(0.1)
    assert diary[-1] == "stop e"  # what it feeds need not wait any longer
    await clock.advance(0.9)
    assert not stopping.done()
    await clock.advance(0.1)
    assert await stopping == ('failed to shut down "r": still running at the deadline',)


async def test_components_that_are_stuck_share_the_second_after_the_deadline():
    clock, diary = FakeClock(), []

    class Stuck(Probe):
        async def shutdown(self, deadline):
            await asyncio.Event().wait()

    names = ("r", "p", "q", "e")
    nodes = [Node(id=name, create=lambda onward, name=name: Stuck(name, diary, onward)) for name in names]
    assembly = assemble(nodes, edges(*itertools.pairwise(names)))
    await assembly.start()
    stopping = asyncio.get_running_loop().create_task(assembly.stop(deadline(clock, 3)))
    await clock.advance(4)
    assert len(await stopping) == 4


async def test_a_branch_stops_as_soon_as_all_that_feeds_it_has():
    clock, diary, gate = FakeClock(), [], asyncio.Event()

    class Slow(Probe):
        async def shutdown(self, deadline):
            await gate.wait()

    nodes = [
        probe_node("r", diary),
        Node(id="slow", create=lambda onward: Slow("slow", diary, onward)),
        *(probe_node(name, diary) for name in ("quick", "behind slow", "behind quick", "behind both")),
    ]
    wiring = edges(
        *(("r", one) for one in ("slow", "quick")),
        *((one, f"behind {one}") for one in ("slow", "quick")),
        *((one, "behind both") for one in ("slow", "quick")),
    )
    assembly = assemble(nodes, wiring)
    await assembly.start()
    diary.clear()
    stopping = asyncio.get_running_loop().create_task(assembly.stop(deadline(clock, 3)))
    await settle()
    assert diary == ["stop r", "stop quick", "stop behind quick"]
    gate.set()
    assert await stopping == ()
    assert sorted(diary[3:]) == ["stop behind both", "stop behind slow"]


async def test_what_holds_outcomes_hears_of_a_stop_before_anything_stops():
    diary = []

    class Holding(Probe):
        def drain(self, deadline):
            diary.append(f"drain {self.name} {deadline.remaining():g}")
            if self.name == "q":
                raise OSError("will not")

    nodes = [probe_node("r", diary)]
    nodes += [Node(id=name, create=lambda on, name=name: Holding(name, diary, on)) for name in ("p", "q")]
    assembly = assemble(nodes, edges(("r", "p"), ("p", "q")))
    await assembly.start()
    diary.clear()
    assert await assembly.stop(deadline(FakeClock(), 3)) == ('failed to begin to drain "q": will not',)
    assert diary == ["drain p 3", "drain q 3", "stop r", "stop p", "stop q"]


async def test_nodes_that_are_joined_by_other_ways_than_edges_start_and_stop_in_their_order():
    diary = []
    nodes = [probe_node(name, diary) for name in ("from topic", "end", "in", "to topic")]
    tasks = make_settings().tasks
    assembly = Assembly.build(
        Graph.of(nodes, edges(("from topic", "end"), ("in", "to topic"))),
        Reports().describe,
        tasks,
        joins=lambda: [("to topic", "from topic"), ("to topic", "elsewhere")],
    )
    await assembly.start()
    assert diary == ["start end", "start from topic", "start to topic", "start in"]
    diary.clear()
    assert await assembly.stop(deadline()) == ()
    assert diary == ["stop in", "stop to topic", "stop from topic", "stop end"]


async def test_a_join_that_leads_back_is_refused_with_its_way():
    nodes = [probe_node(name, []) for name in ("a", "b")]
    with pytest.raises(GraphError, match="cycle detected: a -> b -> a"):
        Assembly.build(
            Graph.of(nodes, edges(("a", "b"))),
            Reports().describe,
            make_settings().tasks,
            joins=lambda: [("b", "a")],
        )


async def test_a_row_of_a_thousand_nodes_is_no_deeper_a_call_than_one_of_thirty():
    sink, diary = Sink(), []
    names = [f"n{number}" for number in range(1_000)]
    nodes = [
        probe_node("in", []),
        *(Node(id=name, inbox=1, create=lambda on, name=name: Probe(name, diary, on)) for name in names),
    ]
    assembly = assemble([*nodes, sink_node("out", sink)], edges(*itertools.pairwise(["in", *names, "out"])))
    await assembly.start()
    await assembly.channels["inbox of n0"].consume(Note("x"))
    assert sink.texts == ["x"]
    assert await assembly.stop(deadline()) == ()
