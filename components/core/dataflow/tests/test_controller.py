"""Copies that fail and are replaced, and pipelines that are changed while they run."""

import asyncio
import errno
import logging

import pytest

from penstock_api import ConfigError, Deadline, Signal, StartError
from penstock_dataflow import load
from penstock_dataflow.controller import BusyError, Controller, NotFoundError, PipelineKey
from penstock_dataflow.pipeline import Service
from penstock_testkit import logs, settle

from .fakes import BUILD
from .running import CHAIN, CHAINED, QUOTA, SHIP, Fleet, bound, config, group, pipeline

OTHER = PipelineKey("edge", "other")
NODES = {"in": "receiver:starting", "mid": "processor:limited", "out": "exporter:keep"}
CHANGED = {**NODES, "out": {"type": "exporter:keep", "config": {"size": 7}}}


@pytest.fixture
def fleet():
    return Fleet()


def shipping(nodes=None, **more):
    return config({"edge": group(ship=pipeline(nodes or NODES, **more))})


def recovery(**rules):
    return {"policies": {"runtime_recovery": rules}}


def fail(fleet, node="in"):
    async def failing():
        raise OSError("lost the port")

    fleet.settings[node, Signal.LOGS].tasks.spawn(failing(), name="serving")


def copy_of(flow, key=SHIP, index=0):
    return flow.control.pipeline(key).copies[index]


# -- recovery ----------------------------------------------------------------------------------------


async def test_a_copy_that_fails_is_replaced_after_pauses_that_double_up_to_a_limit(fleet):
    rules = recovery(initial_backoff="1s", max_backoff="3s", max_restarts=4)
    async with fleet.engine(shipping(**rules)) as flow:
        for restart, pause in enumerate((1, 2, 3, 3), 1):
            fail(fleet)
            await settle()
            assert (copy_of(flow).phase, copy_of(flow).restarts) == ("Pending", restart)
            assert copy_of(flow).error == "node in (receiver:starting) failed: OSError: lost the port"
            await fleet.clock.advance(pause - 0.01)
            assert copy_of(flow).phase == "Pending"
            await fleet.clock.advance(0.01)
            assert (copy_of(flow).phase, copy_of(flow).generation) == ("Running", restart + 1)
        fail(fleet)
        await settle()
        assert flow.failed.is_set()
        assert flow.error == (
            "pipeline edge/ship failed after 4 restarts: "
            "node in (receiver:starting) failed: OSError: lost the port"
        )


async def test_a_copy_that_ran_for_long_has_all_its_restarts_again(fleet):
    rules = recovery(initial_backoff="1s", max_restarts=1, reset_after="60s")
    async with fleet.engine(shipping(**rules)) as flow:
        for _ in range(3):
            fail(fleet)
            await settle()
            await fleet.clock.advance(1)
            assert (copy_of(flow).phase, copy_of(flow).restarts) == ("Running", 1)
            await fleet.clock.advance(60)
        assert not flow.failed.is_set()


async def test_a_copy_that_does_not_start_in_time_counts_as_failed(fleet):
    rules = recovery(initial_backoff="1s", max_restarts=1, startup_timeout="5s")
    async with fleet.engine(shipping(**rules)) as flow:
        fleet.waits["in"] = asyncio.Event()
        fail(fleet)
        await settle()
        await fleet.clock.advance(1)
        assert copy_of(flow).phase == "Starting"
        await fleet.clock.advance(5)
        assert flow.error == (
            "pipeline edge/ship failed after 1 restarts: a copy of edge/ship did not start within 5 s"
        )
        fleet.waits.clear()


async def test_a_copy_that_cannot_even_be_made_any_more_is_rejected(fleet):
    async with fleet.engine(shipping(**recovery(initial_backoff="1s", max_restarts=1))) as flow:
        fleet.unmakeable = True
        fail(fleet)
        await settle()
        await fleet.clock.advance(1)
        status = flow.control.pipeline(SHIP)
        assert (status.phase, status.ready) == ("Rejected", False)
        assert [(one.kind, one.met) for one in status.conditions] == [("Accepted", False), ("Ready", False)]
        assert flow.error == (
            "pipeline edge/ship failed after 1 restarts: "
            "failed to create node mid (processor:limited): not any more"
        )


async def test_siblings_go_on_while_a_pipeline_is_replaced(fleet):
    nodes = {"second": "receiver:push", "out": "exporter:keep"}
    other = pipeline(nodes, [{"from": "second", "to": "out"}])
    written = config({"edge": group(ship=pipeline(NODES), other=other)})
    async with fleet.engine(written) as flow:
        fail(fleet)
        await settle()
        assert (flow.control.pipeline(SHIP).phase, flow.control.pipeline(OTHER).phase) == (
            "Pending",
            "Running",
        )
        assert (flow.control.live(), flow.control.ready()) == (True, False)
        await fleet.push(node="second", batch=logs(2))
        assert fleet.exit("out").items == 2


async def test_a_stop_ends_the_pause_before_a_replacement(fleet):
    async with fleet.engine(shipping(**recovery(initial_backoff="30s"))) as flow:
        fail(fleet)
        await settle()
        assert copy_of(flow).phase == "Pending"
        assert await fleet.during(flow.stop(Deadline.after(fleet.clock, 5))) == ()
        assert fleet.diary.count("start in") == 1


# -- status ------------------------------------------------------------------------------------------


async def test_a_status_tells_phase_conditions_copies_and_nodes(fleet):
    async with fleet.engine(shipping()) as flow:
        [status] = flow.control.pipelines()
        assert (str(status.key), status.phase, status.generation) == ("edge/ship", "Running", 1)
        assert (status.live, status.ready) == (True, True)
        assert [(one.kind, one.met) for one in status.conditions] == [("Accepted", True), ("Ready", True)]
        [copy] = status.copies
        assert {name: event.status.value for name, event in copy.nodes.items()} == {
            "in": "OK",
            "mid": "OK",
            "out": "OK",
        }
    assert flow.control.pipeline(SHIP).phase == "Stopped"
    assert not flow.control.ready()


async def test_a_condition_gives_the_phase_of_now_as_its_reason(fleet):
    def reason(flow):
        [ready] = [one for one in flow.control.pipeline(SHIP).conditions if one.kind == "Ready"]
        return ready.met, ready.reason

    async with fleet.engine(shipping()) as flow:
        await fleet.during(flow.control.shut_down(SHIP).wait())
        assert reason(flow) == (False, "Stopped")
        await fleet.during(flow.control.apply(SHIP, pipeline(NODES)).wait())
        assert reason(flow) == (True, "Running")


async def test_health_rules_say_what_is_ready(fleet):
    lenient = {"policies": {"health": {"ready_if": ["Running", "Pending"]}}}
    async with fleet.engine(shipping(**lenient)) as flow:
        fail(fleet)
        await settle()
        assert (flow.control.pipeline(SHIP).phase, flow.control.ready()) == ("Pending", True)


def test_the_name_of_a_pipeline_has_two_parts():
    assert PipelineKey.parse("edge/ship") == SHIP
    with pytest.raises(ValueError, match=r"^expected <group>/<pipeline>: ship$"):
        PipelineKey.parse("ship")


# -- changes -----------------------------------------------------------------------------------------


async def test_a_pipeline_can_be_added(fleet):
    async with fleet.engine(shipping()) as flow:
        rollout = flow.control.apply(OTHER, pipeline())
        assert rollout.kind == "create"
        await fleet.changed(rollout)
        assert (rollout.state, rollout.steps) == ("succeeded", ["copy 0 of generation 1 runs"])
        assert flow.control.pipeline(OTHER).phase == "Running"
        assert [str(one) for one in flow.control.config.pipelines] == ["edge/other", "edge/ship"]
        await fleet.push(batch=logs(1))


async def test_a_pipeline_that_cannot_start_is_not_added(fleet):
    fleet.breaks["fresh"] = OSError("no")
    async with fleet.engine(shipping()) as flow:
        nodes = {"fresh": "receiver:starting", "out": "exporter:keep"}
        written = pipeline(nodes, [{"from": "fresh", "to": "out"}])
        rollout = await fleet.changed(flow.control.apply(OTHER, written))
        assert (rollout.state, rollout.error) == (
            "rolled_back",
            "failed to start node fresh (receiver:starting): no",
        )
        with pytest.raises(NotFoundError, match=r"^there is no such pipeline: edge/other$"):
            flow.control.pipeline(OTHER)
        assert "stop fresh" in fleet.diary


async def test_what_is_as_it_was_changes_nothing(fleet):
    async with fleet.engine(shipping()) as flow:
        rollout = await fleet.changed(flow.control.apply(SHIP, pipeline(NODES)))
        assert (rollout.kind, rollout.state) == ("noop", "succeeded")
        assert fleet.diary.count("start in") == 1


async def test_a_replacement_runs_before_the_old_copy_drains(fleet):
    async with fleet.engine(shipping()) as flow:
        fleet.diary.clear()
        rollout = await fleet.changed(flow.control.apply(SHIP, pipeline(CHANGED)))
        assert (rollout.kind, rollout.state, rollout.generation) == ("replace", "succeeded", 2)
        assert [one for one in fleet.diary if one.endswith(" in")] == ["start in", "stop in"]
        assert flow.control.pipeline(SHIP).generation == 2
        assert flow.control.config.pipelines[0].nodes["out"].config == {"size": 7}


async def test_a_replacement_that_cannot_start_leaves_the_old_copy_running(fleet):
    async with fleet.engine(shipping()) as flow:
        old = copy_of(flow).generation
        fleet.breaks["in"] = OSError("no")
        rollout = await fleet.changed(flow.control.apply(SHIP, pipeline(CHANGED)))
        assert (rollout.state, rollout.error) == (
            "rolled_back",
            "failed to start node in (receiver:starting): no",
        )
        assert (copy_of(flow).phase, copy_of(flow).generation) == ("Running", old)
        assert flow.control.config.pipelines[0].nodes["out"].config is None


async def test_where_both_cannot_hold_the_same_port_the_old_copy_drains_first(fleet):
    fleet.port = True
    async with fleet.engine(shipping()) as flow:
        fleet.diary.clear()
        rollout = await fleet.changed(flow.control.apply(SHIP, pipeline(CHANGED)))
        assert rollout.state == "succeeded"
        assert "copy 0 needs what the old one holds: that drains first" in rollout.steps
        assert [one for one in fleet.diary if one.endswith(" in")] == [
            "start in",  # refused
            "stop in",
            "stop in",  # the old one
            "start in",
        ]
        assert flow.control.pipeline(SHIP).phase == "Running"


async def test_the_old_copy_comes_back_when_it_drained_for_one_that_does_not_start(fleet):
    fleet.port = True
    async with fleet.engine(shipping()) as flow:
        fleet.late = True
        rollout = await fleet.changed(flow.control.apply(SHIP, pipeline(CHANGED)))
        assert (rollout.state, rollout.error) == (
            "rolled_back",
            "failed to start node in (receiver:starting): too late",
        )
        assert (copy_of(flow).phase, copy_of(flow).generation) == ("Running", 4)
        assert copy_of(flow).nodes["out"].status.value == "OK"


async def test_what_cannot_be_brought_back_stays_visible(fleet):
    fleet.port = True
    async with fleet.engine(shipping()) as flow:
        fleet.breaks["in"] = OSError(errno.EADDRINUSE, "taken by another program")
        rollout = await fleet.changed(flow.control.apply(SHIP, pipeline(CHANGED)))
        assert rollout.state == "rollback_failed"
        assert "; and going back failed: failed to start node in (receiver:starting): " in rollout.error
        assert flow.control.pipeline(SHIP).phase == "Stopped"
        fleet.breaks.clear()
        again = await fleet.changed(flow.control.apply(SHIP, pipeline(NODES)))
        assert again.state == "succeeded"
        assert flow.control.pipeline(SHIP).phase == "Running"


async def test_copies_are_added_and_removed_while_the_others_run_on(fleet):
    def sized(count):
        return pipeline(NODES, workers={"count": count, "backend": "inline"})

    async with fleet.engine(config({"edge": group(ship=sized(1))})) as flow:
        more = await fleet.changed(flow.control.apply(SHIP, sized(3)))
        assert (more.kind, more.state) == ("resize", "succeeded")
        assert [one.generation for one in flow.control.pipeline(SHIP).copies] == [1, 2, 3]
        fewer = await fleet.changed(flow.control.apply(SHIP, sized(2)))
        assert (fewer.kind, fewer.state) == ("resize", "succeeded")
        assert [one.generation for one in flow.control.pipeline(SHIP).copies] == [1, 2]
        assert flow.control.config.pipelines[0].workers.count == 2


async def test_copies_that_cannot_be_added_leave_those_that_there_were(fleet):
    def sized(count):
        return pipeline(NODES, workers={"count": count, "backend": "inline"})

    async with fleet.engine(config({"edge": group(ship=sized(1))})) as flow:
        fleet.breaks["in"] = OSError("no")
        rollout = await fleet.changed(flow.control.apply(SHIP, sized(3)))
        assert rollout.state == "rolled_back"
        assert [one.phase for one in flow.control.pipeline(SHIP).copies] == ["Running"]


async def test_replacing_several_copies_goes_back_for_all_when_one_fails(fleet):
    def sized(nodes):
        return pipeline(nodes, workers={"count": 2, "backend": "inline"})

    async with fleet.engine(config({"edge": group(ship=sized(NODES))})) as flow:
        fleet.breaks_after["in"] = fleet.diary.count("start in") + 1
        rollout = await fleet.changed(flow.control.apply(SHIP, sized(CHANGED)))
        assert rollout.state == "rolled_back"
        copies = flow.control.pipeline(SHIP).copies
        assert [one.phase for one in copies] == ["Running", "Running"]
        assert [one.generation for one in copies] == [5, 2]  # the first was replaced, and brought back


async def test_r_42_extensions_are_offered_a_new_config_before_anything_is_replaced(fleet):
    def sized(size):
        return pipeline(bound(), extensions={"quota": {"type": "extension:quota", "config": {"size": size}}})

    async with fleet.engine(config({"edge": group(ship=sized(1))})) as flow:
        rollout = await fleet.changed(flow.control.apply(SHIP, sized(2)))
        assert (rollout.kind, rollout.state) == ("reconfigure", "succeeded")
        assert (fleet.configs, fleet.made["quota"]) == ([1, 2], 1)
        fleet.refuses = True
        rollout = await fleet.changed(flow.control.apply(SHIP, sized(3)))
        assert (rollout.kind, rollout.state) == ("replace", "succeeded")
        assert (fleet.configs, fleet.made["quota"]) == ([1, 2, 3], 2)


async def test_copies_whose_extensions_took_a_config_go_back_when_another_copy_cannot(fleet):
    def sized(size):
        extensions = {"quota": {"type": "extension:quota", "config": {"size": size}}}
        nodes = {**bound(), "in": "receiver:starting"}
        return pipeline(nodes, extensions=extensions, workers={"count": 2, "backend": "inline"})

    async with fleet.engine(config({"edge": group(ship=sized(1))})) as flow:
        fleet.refuses_after = 1
        fleet.breaks_after["in"] = fleet.diary.count("start in")
        rollout = await fleet.changed(flow.control.apply(SHIP, sized(2)))
        assert (rollout.kind, rollout.state) == ("replace", "rolled_back")
        assert [one.phase for one in flow.control.pipeline(SHIP).copies] == ["Running", "Running"]
        assert fleet.configs == [1, 1, 2, 2, 1, 1]  # taken, tried anew, and both as before


async def test_a_stop_in_the_middle_of_an_addition_stops_what_was_added(fleet):
    async with fleet.engine(shipping()) as flow:
        fleet.waits["fresh"] = asyncio.Event()
        nodes = {"fresh": "receiver:starting", "out": "exporter:keep"}
        rollout = flow.control.apply(OTHER, pipeline(nodes, [{"from": "fresh", "to": "out"}]))
        await settle()
        assert await fleet.during(flow.stop(Deadline.after(fleet.clock, 5))) == ()
        assert rollout.state == "failed"
        assert fleet.diary.count("start fresh") == fleet.diary.count("stop fresh") == 1


async def test_a_pipeline_can_be_stopped_and_started_again(fleet):
    async with fleet.engine(shipping()) as flow:
        rollout = await fleet.changed(flow.control.shut_down(SHIP))
        assert (rollout.kind, rollout.state) == ("shutdown", "succeeded")
        assert flow.control.pipeline(SHIP).phase == "Stopped"
        again = await fleet.changed(flow.control.apply(SHIP, pipeline(NODES)))
        assert (again.kind, again.state) == ("replace", "succeeded")
        assert flow.control.pipeline(SHIP).phase == "Running"


async def test_a_pipeline_can_be_deleted_and_drains_first(fleet):
    written = config({"edge": group(ship=pipeline(), other=pipeline(NODES))})
    async with fleet.engine(written) as flow:
        fleet.exit("out").hold()
        push = fleet.entrances["in", Signal.LOGS].consume(logs(1))
        rollout = flow.control.delete(OTHER)
        push.close()
        fleet.exit("out").release()
        await fleet.changed(rollout)
        assert rollout.state == "succeeded"
        assert [str(one.key) for one in flow.control.pipelines()] == ["edge/ship"]
        assert [str(one) for one in flow.control.config.pipelines] == ["edge/ship"]


async def test_groups_come_and_go_with_their_extensions(fleet):
    far = PipelineKey("far", "ship")
    async with fleet.engine(
        config({"edge": group(ship=pipeline(NODES)), "far": group(extensions=QUOTA, ship=pipeline(bound()))})
    ) as flow:
        assert await fleet.during(flow.control.delete_group("far")) == ()
        assert fleet.diary[-1] == "end quota"
        assert list(flow.control.config.groups) == ["edge"]
        flow.control.create_group("far")
        rollout = await fleet.changed(flow.control.apply(far, pipeline()))
        assert rollout.state == "succeeded"
        assert [one.id for one in flow.control.extensions()] == []


# -- what is refused ---------------------------------------------------------------------------------


async def test_a_bad_pipeline_is_refused_whole_with_all_its_problems(fleet):
    async with fleet.engine(shipping()) as flow:
        bad = pipeline({**CHAIN, "mid": "processor:limitid"}, [*CHAINED, {"from": "in", "to": "nowhere"}])
        with pytest.raises(ConfigError) as caught:
            flow.control.apply(SHIP, bad)
        assert {one.what for one in caught.value.problems} == {
            "this distribution has no such node type: processor:limitid",
            "no such node: nowhere",
        }
        assert flow.control.rollouts() == ()


async def test_one_change_at_a_time(fleet):
    async with fleet.engine(shipping()) as flow:
        first = flow.control.apply(SHIP, pipeline(CHANGED))
        with pytest.raises(BusyError, match=r"^another change of this pipeline is on its way: edge/ship$"):
            flow.control.delete(SHIP)
        await fleet.changed(first)
        assert flow.control.rollout(first.id) is first
        assert flow.control.rollouts(SHIP) == (first,)


async def test_what_is_not_there_cannot_be_changed(fleet):
    async with fleet.engine(shipping()) as flow:
        with pytest.raises(NotFoundError, match=r"^there is no such pipeline: edge/other$"):
            flow.control.delete(OTHER)
        with pytest.raises(NotFoundError, match=r"^there is no such group: far$"):
            flow.control.apply(PipelineKey("far", "ship"), pipeline())
        with pytest.raises(NotFoundError, match=r"^there is no such group: far$"):
            flow.control.extensions("far")
        with pytest.raises(NotFoundError, match=r"^no such change is remembered: r9$"):
            flow.control.rollout("r9")
        with pytest.raises(BusyError, match=r"^there is such a group already: edge$"):
            flow.control.create_group("edge")
        with pytest.raises(ConfigError, match=r"a group id has no spaces"):
            flow.control.create_group("no good")


async def test_a_group_that_is_being_deleted_takes_no_more_changes(fleet):
    async with fleet.engine(shipping()) as flow:
        deleting = asyncio.get_running_loop().create_task(flow.control.delete_group("edge"))
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match=r"^the group is being deleted: edge$"):
            flow.control.apply(OTHER, pipeline())
        assert await fleet.during(asyncio.wait_for(deleting, None)) == ()


async def test_a_backend_that_an_engine_does_not_have_is_told_with_its_place(fleet):
    service = Service(
        build=BUILD, clock=fleet.clock, log=logging.getLogger("penstock.test"), meter=fleet.meter
    )
    written = load(shipping(workers={"count": 1, "backend": "process"}))
    with pytest.raises(ConfigError, match=r"ship::workers: this engine cannot run copies as: process$"):
        Controller(written, fleet.distribution(), service, {})


async def test_nothing_is_changed_before_the_start_and_after_the_stop(fleet):
    flow = fleet.whole(shipping(), fleet.distribution())
    with pytest.raises(BusyError, match=r"^the engine is starting or stopping$"):
        flow.control.delete(SHIP)
    await fleet.during(flow.start())
    await fleet.during(flow.stop(Deadline.after(fleet.clock, 5)))
    with pytest.raises(BusyError, match=r"^the engine is starting or stopping$"):
        flow.control.delete(SHIP)


async def test_a_stop_in_the_middle_of_a_change_stops_both_copies(fleet):
    async with fleet.engine(shipping()) as flow:
        fleet.waits["in"] = asyncio.Event()
        rollout = flow.control.apply(SHIP, pipeline(CHANGED))
        await settle()
        assert await fleet.during(flow.stop(Deadline.after(fleet.clock, 5))) == ()
        assert (rollout.state, rollout.error) == ("failed", "the engine stops")
        assert fleet.diary.count("start in") == fleet.diary.count("stop in") == 2


async def test_a_copy_that_does_not_start_in_time_is_given_up(fleet):
    async with fleet.engine(shipping()) as flow:
        fleet.waits["in"] = asyncio.Event()
        rollout = await fleet.changed(flow.control.apply(SHIP, pipeline(CHANGED), step_seconds=5))
        assert (rollout.state, rollout.error) == ("rolled_back", "copy 0 did not start within 5 s")
        assert copy_of(flow).phase == "Running"


async def test_a_change_of_another_pipeline_is_kept_when_one_is_committed(fleet):
    written = config({"edge": group(ship=pipeline(NODES), other=pipeline())})
    async with fleet.engine(written) as flow:
        changes = flow.control.apply(SHIP, pipeline(CHANGED)), flow.control.delete(OTHER)
        for rollout in changes:
            await fleet.changed(rollout)
        [left] = flow.control.config.pipelines
        assert (str(left), left.nodes["out"].config) == ("edge/ship", {"size": 7})


async def test_a_pipeline_that_cannot_start_at_all_keeps_the_engine_from_starting(fleet):
    fleet.breaks["in"] = OSError("no")
    flow = fleet.whole(shipping(), fleet.distribution())
    with pytest.raises(StartError, match=r"^failed to start node in \(receiver:starting\): no$"):
        await fleet.during(flow.start())
    assert flow.control.pipeline(SHIP).phase == "Failed"
    await fleet.during(flow.stop(Deadline.after(fleet.clock, 5)))
