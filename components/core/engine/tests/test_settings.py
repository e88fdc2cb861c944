import asyncio
import logging
from dataclasses import replace

from penstock_api import BuildInfo, ComponentId, Kind, Status
from penstock_engine import Assembly, Edge, Graph, Kit, Node, StatusBoard
from penstock_testkit import FakeClock, RecordingMeter, settle

from .probes import Probe, probe_node

ONE, TWO = ComponentId("some", "one"), ComponentId("some", "two")


def make_kit():
    clock = FakeClock()
    build = BuildInfo("cmd", "a service", "1.0.0")
    log = logging.getLogger("test.kit")
    return Kit(build=build, clock=clock, meter=RecordingMeter(), log=log, board=StatusBoard(clock))


def test_what_is_shared_is_one_object_per_kind_and_id():
    kit = make_kit()
    first = kit.settings(Kind.RECEIVER, ONE).share(object)
    assert kit.settings(Kind.RECEIVER, ONE).share(object) is first
    assert kit.settings(Kind.RECEIVER, TWO).share(object) is not first
    assert kit.settings(Kind.EXPORTER, ONE).share(object) is not first


def test_a_shared_object_may_be_false():
    kit = make_kit()
    shared = kit.settings(Kind.RECEIVER, ONE).share(list)
    assert kit.settings(Kind.RECEIVER, ONE).share(list) is shared


def test_every_record_carries_the_component_and_the_fields_of_the_call(caplog):
    settings = make_kit().settings(Kind.RECEIVER, ONE, fields={"place": "here"})
    settings.log.warning("odd", extra={"times": 2})
    [record] = caplog.records
    assert record.message == "odd"
    assert record.fields == {
        "otelcol.component.kind": "receiver",
        "otelcol.component.id": "some/one",
        "place": "here",
        "times": 2,
    }


async def test_a_task_that_fails_is_logged_and_makes_its_component_fatal(caplog):
    kit = make_kit()
    settings = kit.settings(Kind.RECEIVER, ONE)

    async def fail():
        raise OSError("lost the port")

    settings.report(Status.STARTING)
    settings.tasks.spawn(fail(), name="serving")
    await settle()
    event = kit.board.latest()[Kind.RECEIVER, ONE]
    assert (event.status, event.error) == (Status.FATAL_ERROR, "OSError: lost the port")
    [record] = caplog.records
    assert (record.message, record.fields["otelcol.component.id"]) == ("task failed", "some/one")


async def test_closing_ends_the_tasks_of_every_component():
    kit = make_kit()
    tasks = [
        kit.settings(Kind.RECEIVER, one).tasks.spawn(asyncio.Event().wait(), name="endless")
        for one in (ONE, TWO)
    ]
    await kit.close()
    assert all(task.cancelled() for task in tasks)


async def test_a_component_that_says_how_it_is_while_starting_is_not_overruled():
    kit = make_kit()
    settings = kit.settings(Kind.EXPORTER, ONE)

    class Unsure(Probe):
        async def start(self):
            settings.report(Status.RECOVERABLE_ERROR, "no backend yet")

    nodes = [probe_node("r", []), Node(id="e", create=lambda _: Unsure("e", []))]
    names = {"r": kit.settings(Kind.RECEIVER, TWO), "e": settings}
    graph = Graph.of(nodes, [Edge(source="r", target="e")])
    assembly = Assembly.build(graph, lambda name: (name, names[name].report), settings.tasks)
    await assembly.start()
    latest = {kind: event.status for (kind, _), event in kit.board.latest().items()}
    assert latest == {Kind.EXPORTER: Status.RECOVERABLE_ERROR, Kind.RECEIVER: Status.OK}


def test_what_tells_records_apart_tells_components_of_one_id_apart():
    assert make_kit().settings(Kind.EXPORTER, ONE).scope == ""
    kit = replace(make_kit(), fields={"dataflow.pipeline": "edge/ship"})
    assert kit.settings(Kind.EXPORTER, ONE).scope == "edge/ship"


def test_components_know_which_copy_of_their_pipeline_they_are_of():
    assert make_kit().settings(Kind.EXPORTER, ONE).copy == 0
    assert replace(make_kit(), copy=3).settings(Kind.EXPORTER, ONE).copy == 3
