"""What a pipeline tells of itself as a whole."""

from penstock_api import Deadline

from .fakes import World

CHAIN = {"in": "receiver:push", "out": "exporter:keep"}
CHAINED = [{"from": "in", "to": "out"}]
COPIES = "otelcol_dataflow_pipeline_copies"


def counted(world):
    return [world.meter.value(COPIES, pipeline="g/p", state=state) for state in ("wanted", "live", "ready")]


async def test_a_pipeline_tells_how_many_copies_run_and_how_often_they_were_replaced():
    world = World()
    flow = world.flow(CHAIN, CHAINED)
    assert counted(world) == [1, 1, 0]
    await flow.start()
    assert counted(world) == [1, 1, 1]
    assert world.meter.value("otelcol_dataflow_pipeline_restarts", pipeline="g/p") == 0
    assert world.meter.value("otelcol_dataflow_pipeline_generation", pipeline="g/p") == 1
    await flow.stop(Deadline.after(world.clock, 5))
    assert counted(world) == [1, 1, 0]


async def test_a_pipeline_that_does_not_want_to_tells_nothing():
    world = World()
    world.flow(CHAIN, CHAINED, policies={"telemetry": {"pipeline_metrics": False}})
    assert COPIES not in world.meter.names
