"""A service over its life, with probe components."""

from dataclasses import replace

import pytest

from penstock_api import (
    BuildInfo,
    ComponentId,
    Config,
    Deadline,
    HasFeatureGates,
    Kind,
    PermanentError,
    Registered,
    StartError,
    Status,
)
from penstock_collector.config import Configured
from penstock_collector.gates import Gate, Gates, Stage
from penstock_collector.service import Service
from penstock_testkit import FakeClock, names_of, traces

from .pipelines import World, collector, extension_factory, nothing, pipeline

BUILD = BuildInfo("pencol", "a test", "1.2.3")


@pytest.fixture
def world():
    return World()


def service_of(world, **pipelines):
    return Service(collector(world, **pipelines), BUILD, nothing(), FakeClock())


async def stop(service):
    return await service.stop(Deadline.after(FakeClock(), 5))


async def test_c_35_starts_downstream_first_and_stops_upstream_first(world):
    service = service_of(world, traces=pipeline("probe/in", "probe/p", "probe/out"))

    await service.start()
    assert world.events == ["start exporter probe/out", "start processor probe/p", "start receiver probe/in"]
    assert service.ready
    world.events.clear()

    assert await stop(service) == ()
    assert world.events == ["stop receiver probe/in", "stop processor probe/p", "stop exporter probe/out"]
    assert not service.ready


async def test_c_36_a_failed_start_is_named_and_what_had_started_is_stopped(world):
    world.broken_starts.add("receiver probe/in")
    service = service_of(world, traces=pipeline("probe/in", "", "probe/out"))

    with pytest.raises(StartError, match='failed to start "probe/in" receiver: port in use: localhost:4317'):
        await service.start()
    await stop(service)

    assert world.events[-1] == "stop exporter probe/out"
    assert service.statuses()[Kind.EXPORTER, ComponentId("probe", "out")].status is Status.STOPPED


async def test_c_37_one_receiver_in_two_pipelines_starts_once_and_feeds_both(world):
    service = service_of(
        world, traces_a=pipeline("probe", "", "probe/a"), traces_b=pipeline("probe", "", "probe/b")
    )
    await service.start()

    await world.receivers["probe"].send(traces(3))

    assert world.events.count("start receiver probe") == 1
    assert [len(world.received[name][0]) for name in ("probe/a", "probe/b")] == [3, 3]
    await stop(service)


async def test_a_component_that_a_pipeline_lists_twice_gets_everything_once(world):
    service = service_of(world, traces=pipeline("probe probe", "probe/p", "probe/out probe/out"))
    await service.start()

    await world.receivers["probe"].send(traces(3))

    assert [len(batch) for batch in world.received["probe/out"]] == [3]
    await stop(service)


async def test_an_extension_that_is_listed_twice_is_one(world):
    config, own = collector(world, traces=pipeline("probe", "", "probe")), ComponentId("probe")
    made = Configured(
        factory=Registered(factory=extension_factory(world), project="probe", version="1"), config=Config()
    )
    service = Service(
        replace(config, extensions={own: made}, service=replace(config.service, extensions=(own, own))),
        BUILD,
        nothing(),
        FakeClock(),
    )

    await service.start()
    await stop(service)

    assert service.extensions() == ("probe",)
    assert world.events[0] == "start extension probe"
    assert world.events[-1] == "stop extension probe"
    assert len(world.events) == 6


async def test_c_38_one_processor_id_in_two_pipelines_is_two_instances(world):
    service = service_of(
        world, traces_a=pipeline("probe", "probe/p", "probe"), traces_b=pipeline("probe", "probe/p", "probe")
    )

    await service.start()

    assert world.events.count("start processor probe/p") == 2
    await stop(service)


async def test_c_39_a_branch_that_changes_its_data_leaves_the_other_branch_alone(world):
    service = service_of(
        world, traces_a=pipeline("probe", "editor", "probe/a"), traces_b=pipeline("probe", "", "probe/b")
    )
    await service.start()

    await world.receivers["probe"].send(traces(2))

    assert [one.name for one in spans(world.received["probe/a"][0])] == ["changed", "changed"]
    assert names_of(world.received["probe/b"][0]) == names_of(traces(2))
    await stop(service)


async def test_c_41_a_failing_branch_does_not_keep_the_others_from_receiving(world):
    service = service_of(world, traces=pipeline("probe", "", "probe/a probe/b"))
    world.failing["exporter probe/a"] = PermanentError("disk on fire")
    await service.start()

    with pytest.raises(PermanentError, match="disk on fire"):
        await world.receivers["probe"].send(traces(1))

    assert len(world.received["probe/b"]) == 1
    await stop(service)


async def test_c_43_a_connector_hands_every_item_to_the_pipeline_behind_it(world):
    service = service_of(
        world, traces_in=pipeline("probe", "", "join"), traces_out=pipeline("join", "probe", "probe/out")
    )
    await service.start()

    await world.receivers["probe"].send(traces(5))

    assert sum(map(len, world.received["probe/out"])) == 5
    await stop(service)


async def test_exporters_without_a_helper_are_counted(world):
    service = service_of(world, traces=pipeline("probe", "", "probe/out"))
    await service.start()

    await world.receivers["probe"].send(traces(5))
    world.failing["exporter probe/out"] = PermanentError("no")
    with pytest.raises(PermanentError):
        await world.receivers["probe"].send(traces(2))

    assert service.metrics()['otelcol_exporter_sent_spans{exporter="probe/out"}'] == 5
    assert service.metrics()['otelcol_exporter_send_failed_spans{exporter="probe/out"}'] == 2
    await stop(service)


async def test_the_host_shows_pipelines_as_configured(world):
    service = service_of(world, traces=pipeline("probe", "editor", "probe/out"))

    view = service.pipelines()[0]

    assert (view.id, view.receivers, view.processors, view.exporters) == (
        "traces",
        ("probe",),
        ("editor",),
        ("probe/out",),
    )
    assert view.mutates_data


async def test_a_status_names_every_pipeline_that_the_component_serves(world):
    service = service_of(
        world, traces=pipeline("probe", "", "probe/out"), logs=pipeline("probe", "", "probe/out")
    )
    await service.start()

    event = service.statuses()[Kind.EXPORTER, ComponentId("probe", "out")]

    assert (event.status, event.pipelines) == (Status.OK, ("traces", "logs"))
    await stop(service)


def spans(batch):
    return [one for r in batch.message().resource_spans for s in r.scope_spans for one in s.spans]


async def test_extensions_see_the_feature_gates_sorted(world):
    known = (
        Gate(id="b.beta", stage=Stage.BETA, description="later", from_version="0.2.0"),
        Gate(id="a.alpha", stage=Stage.ALPHA, description="first", from_version="0.1.0"),
    )
    gates = Gates.parse(["a.alpha,-b.beta"], known).view()
    service = Service(
        collector(world, traces=pipeline("probe/in", "", "probe/out")), BUILD, nothing(), FakeClock(), gates
    )
    assert isinstance(service, HasFeatureGates)
    assert [(gate.id, gate.enabled, gate.stage) for gate in service.feature_gates()] == [
        ("a.alpha", True, "Alpha"),
        ("b.beta", False, "Beta"),
    ]
