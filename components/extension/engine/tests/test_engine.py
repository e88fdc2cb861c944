import asyncio

import pytest

from penstock_api import ComponentId, Deadline, RetryableError, StartError, Status, decode
from penstock_extension_engine import EngineConfig, factory
from penstock_extension_engine.state import State
from penstock_testkit import FakeHost, RecordingConsumer, logs, make_extension_settings, settle

from .fakes import FLOW, World


@pytest.fixture
def world():
    return World()


class Embedded:
    """The extension and what it was given."""

    def __init__(self, world, config=None, name="engine"):
        self.settings = make_extension_settings(name, host=FakeHost(world.components))
        self.engine = factory.create(
            self.settings, decode(EngineConfig, config or {"config": {"inline": FLOW}})
        ).lifecycle
        self.clock = self.settings.clock

    async def __aenter__(self):
        await self.engine.start()
        return self

    async def __aexit__(self, *_):
        await self.engine.shutdown(Deadline.after(self.clock, 5))

    async def reach(self, state):
        """Wait until the engine is in `state`."""
        async with asyncio.timeout(5):
            await self.engine.reach(state)
        await settle()

    async def pause(self, seconds):
        """Let the engine wait `seconds` after a failure, and not less."""
        await settle()
        await self.clock.advance(seconds - 0.1)
        assert self.engine.state is State.RUN_ERROR
        await self.clock.advance(0.1)


async def test_it_runs_a_dataflow_of_the_hosts_components(world):
    async with Embedded(world) as host:
        await host.reach(State.RUNNING)
        await world.entrance.consume(logs(3))
        assert world.kept.items == 3
    assert host.engine.state is State.TERMINATED
    assert (world.starts, world.stops) == (1, 1)


async def test_b_75_the_words_of_the_hosts_command_line_are_not_the_engines(world, monkeypatch):
    monkeypatch.setattr("sys.argv", ["pencol", "--config", "/nowhere", "--no-such-option"])
    async with Embedded(world) as host:
        await host.reach(State.RUNNING)


async def test_start_returns_before_the_engine_runs(world):
    async with Embedded(world) as host:
        assert host.engine.state is State.NOT_STARTED
        assert host.settings.report.events == []
        await host.reach(State.RUNNING)
        assert host.settings.report.events == [(Status.OK, "")]


async def test_every_state_shows_in_the_metrics(world):
    async with Embedded(world) as host:
        await host.reach(State.RUNNING)
        shown = {
            state: host.settings.meter.value("otelcol_extension_engine_state", state=state) for state in State
        }
    assert shown == {state: float(state is State.RUNNING) for state in State}
    assert host.settings.meter.value("otelcol_extension_engine_state", state="terminated") == 1


async def test_nodes_use_the_hosts_meter_and_log_under_their_id(world, caplog):
    async with Embedded(world) as host:
        await host.reach(State.RUNNING)
        assert world.settings.id == ComponentId("push", "in")
        world.settings.log.error("odd")
    [fields] = [record.fields for record in caplog.records if record.message == "odd"]
    assert fields["dataflow.node"] == "in"
    assert (
        host.settings.meter.value(
            "otelcol_exporter_sent_log_records", exporter="keep/out", pipeline="main/main"
        )
        == 0
    )


async def test_b_75_an_engine_that_cannot_start_is_tried_again_with_capped_backoff(world):
    world.broken = OSError("port in use")
    async with Embedded(world) as host:
        for starts, pause in enumerate((2, 4, 8, 15, 15), 1):
            await world.tried(starts)
            await settle()
            assert world.stops == starts
            await host.pause(pause)
        await world.tried(6)
        await settle()
        assert host.settings.meter.value("otelcol_extension_engine_run_errors") == 6
        assert set(host.settings.report.events) == {
            (Status.RECOVERABLE_ERROR, "failed to start node in (receiver:push): port in use")
        }


async def test_b_76_an_engine_that_recovers_reports_so(world):
    world.broken = OSError("port in use")
    async with Embedded(world) as host:
        await host.reach(State.RUN_ERROR)
        world.broken = None
        await host.pause(2)
        await host.reach(State.RUNNING)
        assert [status for status, _ in host.settings.report.events] == [Status.RECOVERABLE_ERROR, Status.OK]


async def test_b_76_a_node_that_fails_while_running_is_the_engines_failure_only(world):
    async def fail():
        raise OSError("lost the port")

    async with Embedded(world) as host:
        await host.reach(State.RUNNING)
        world.settings.tasks.spawn(fail(), name="serving")
        await host.reach(State.RUN_ERROR)
        assert host.settings.report.events[-1] == (
            Status.RECOVERABLE_ERROR,
            "pipeline main/main failed: node in (receiver:push) failed: OSError: lost the port",
        )
        await host.pause(2)
        await host.reach(State.RUNNING)
    assert (world.starts, world.stops) == (2, 2)


async def test_after_a_minute_of_running_the_pauses_begin_anew(world):
    async def fail():
        raise OSError("lost the port")

    async with Embedded(world) as host:
        for ran, pause in ((0, 2), (59, 4), (60, 2), (1, 4)):
            await host.reach(State.RUNNING)
            await host.clock.advance(ran)
            world.settings.tasks.spawn(fail(), name="serving")
            await host.reach(State.RUN_ERROR)
            await host.pause(pause)


async def test_a_bug_in_a_component_is_not_the_hosts_failure(world):
    world.broken = KeyError()
    async with Embedded(world) as host:
        await host.reach(State.RUN_ERROR)
        assert host.settings.tasks.failures == []


async def test_a_node_type_that_the_host_lacks_is_a_run_error(world):
    async with Embedded(
        world, {"config": {"inline": FLOW.replace("receiver:push", "receiver:pull")}}
    ) as host:
        await host.reach(State.RUN_ERROR)
        [(status, error)] = host.settings.report.events
        assert status is Status.RECOVERABLE_ERROR
        assert error.startswith(
            "inline:7:16: groups::main::pipelines::main::nodes::in::type: this distribution has no such node type"
        )


async def test_a_file_that_is_mended_is_taken_at_the_next_try(world, tmp_path):
    path = tmp_path / "flow.yaml"
    path.write_text("version: otel_dataflow/v2\n")
    async with Embedded(world, {"config": {"path": str(path)}}) as host:
        await host.reach(State.RUN_ERROR)
        assert host.settings.report.events[0][1].startswith(f"{path}:1:1: version: not a version")
        path.write_text(FLOW)
        await host.pause(2)
        await host.reach(State.RUNNING)


async def test_b_75_a_second_engine_in_the_process_is_refused_and_the_first_named(world):
    async with Embedded(world, name="engine/one"):
        second = Embedded(world, name="engine/two")
        with pytest.raises(
            StartError, match=r"^one process runs one dataflow engine, and it is: engine/one$"
        ):
            await second.engine.start()
        await second.engine.shutdown(Deadline.after(second.clock, 5))
    async with Embedded(world, name="engine/two") as third:
        await third.reach(State.RUNNING)


async def test_shutdown_delivers_what_is_on_its_way(world):
    spawn = asyncio.get_running_loop().create_task
    host = Embedded(world)
    await host.engine.start()
    await host.reach(State.RUNNING)
    world.kept.hold()
    sending = spawn(world.entrance.consume(logs(2)))
    await world.kept.tried(1)
    stopping = spawn(host.engine.shutdown(Deadline.after(host.clock, 5)))
    await settle()
    assert host.engine.state is State.SHUTTING_DOWN
    world.kept.release()
    await asyncio.gather(sending, stopping)
    assert (world.kept.items, host.engine.state) == (2, State.TERMINATED)


async def test_b_75_shutdown_waits_up_to_the_deadline_and_warns(world, caplog):
    spawn = asyncio.get_running_loop().create_task

    class Stuck(RecordingConsumer):
        async def shutdown(self, deadline):
            await asyncio.Event().wait()

    world.kept = Stuck()
    host = Embedded(world)
    await host.engine.start()
    await host.reach(State.RUNNING)
    world.kept.hold()
    sending = spawn(world.entrance.consume(logs(2)))
    await world.kept.tried(1)
    stopping = spawn(host.engine.shutdown(Deadline.after(host.clock, 5)))
    await host.clock.advance(4.9)
    assert not stopping.done()
    await host.clock.advance(1.2)
    await stopping
    with pytest.raises(RetryableError, match="closed before the outcome was known"):
        await sending
    assert [record.message for record in caplog.records] == ["dataflow engine did not stop well"]


async def test_shutdown_while_it_waits_to_try_again_ends_at_once(world):
    world.broken = OSError("port in use")
    host = Embedded(world)
    await host.engine.start()
    await host.reach(State.RUN_ERROR)
    for _ in range(2):
        await host.engine.shutdown(Deadline.after(host.clock, 5))
    assert host.engine.state is State.TERMINATED
