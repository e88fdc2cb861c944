"""How extensions begin, become ready, and end."""

import asyncio
import inspect
from dataclasses import fields

import pytest

from penstock_api import ComponentId, Deadline, Kind, StartError, Status
from penstock_api.capability import RATE_LIMITER
from penstock_api.extension import Background, Control, ControlClosedError, Reconfigure, Stop
from penstock_engine import Reporter, StatusBoard
from penstock_testkit import settle

from .extensions import Worker, World, bind, limiter, spec


def running(diary, *names, **options):
    return [spec(name, Background(Worker(name, diary, **options))) for name in names]


async def begun(work):
    """A task for `work`, as far as it comes without time passing."""
    task = asyncio.get_running_loop().create_task(work)
    await settle()
    return task


async def test_r_23_all_have_begun_to_run_when_start_returns():
    diary = []
    host = World().host(*running(diary, "a", "b", "c"))
    await host.start()
    assert diary == ["run a", "run b", "run c"]
    await host.stop()


async def test_r_26_handles_are_given_out_before_anything_starts():
    diary = []
    host = World().host(spec("quota", limiter(Worker("quota", diary))))
    host.claims("node a", [])
    await settle()
    assert diary == []
    assert [one.state for one in host.statuses()] == ["created"]


async def test_r_27_a_passive_extension_causes_no_task_and_no_timer():
    world = World()
    host = world.host(spec("quota", limiter()))
    before = asyncio.all_tasks()
    await host.start()
    assert asyncio.all_tasks() == before
    assert world.clock.waiting == 0
    await host.stop()
    assert [one.state for one in host.statuses()] == ["stopped"]


async def test_r_28_a_background_extension_runs_without_anybody_bound_to_it(caplog):
    worker = Worker("server")
    host = World().host(spec("server", Background(worker)), start_unused=False)
    host.check_use(strict=True)
    await host.start()
    await host.stop()
    assert worker.diary == ["run server", "stop server"]


async def test_r_31_an_extension_that_ends_by_itself_is_a_failure_that_names_it():
    class Short:
        def __init__(self):
            self.go = asyncio.Event()

        async def run(self, control):
            await self.go.wait()

    short, world = Short(), World()
    host = world.host(spec("short", Background(short)))
    await host.start()
    assert not host.failed.is_set()
    short.go.set()
    await host.failed.wait()
    assert host.error == "extension short ended before it was told to stop"
    assert host.statuses()[0].state == "failed"
    with pytest.raises(StartError, match="extension short ended before"):
        await host.start()
    assert await host.stop() == ()


async def test_r_31_an_extension_that_fails_while_it_runs_is_reported_with_its_error():
    go, board = asyncio.Event(), StatusBoard(World().clock)
    report = Reporter(board, Kind.EXTENSION, ComponentId("broken"))

    class Broken:
        async def run(self, control):
            await go.wait()
            raise OSError("disk is full")

    host = World().host(spec("broken", Background(Broken()), report=report))
    await host.start()
    assert report.latest is Status.OK
    go.set()
    await host.failed.wait()
    assert host.error == "extension broken failed: disk is full"
    assert report.latest is Status.FATAL_ERROR
    await host.stop()


async def test_r_32_an_error_while_starting_ends_the_start():
    diary = []
    host = World().host(*running(diary, "a"), *running(diary, "b", fail=OSError("no route")))
    with pytest.raises(StartError, match="failed to start extension b: no route") as caught:
        await host.start()
    assert isinstance(caught.value.__cause__, OSError)
    await host.stop()


async def test_r_33_when_one_fails_the_others_are_still_told_to_stop():
    diary = []
    host = World().host(*running(diary, "a", "c"), *running(diary, "b", fail=OSError("no route")))
    with pytest.raises(StartError):
        await host.start()
    assert await host.stop() == ()
    assert sorted(diary) == ["run a", "run b", "run c", "stop a", "stop c"]


async def test_r_34_stop_carries_deadline_and_reason_overtakes_comes_once_and_is_the_last():
    heard, go, world = [], asyncio.Event(), World()

    class Slow:
        async def run(self, control):
            await go.wait()
            heard.append(await control.wait())
            with pytest.raises(ControlClosedError):
                await control.wait()

    host = world.host(spec("slow", Background(Slow())))
    await host.start()
    offer = await begun(host.reconfigure("slow", None))
    deadline = Deadline.after(world.clock, 3.0)
    stop = await begun(host.stop(deadline, "reload"))
    go.set()
    assert await stop == ()
    [message] = heard
    assert (message.deadline, message.reason) == (deadline, "reload")
    assert await offer == "the extension is being stopped"


async def test_r_35_one_that_does_not_end_is_abandoned_after_grace_and_slack_and_counted(caplog):
    world = World()

    class Deaf:
        async def run(self, control):
            await asyncio.Event().wait()

    host = world.host(spec("deaf", Background(Deaf())), *running([], "good"))
    await host.start()
    stop = await begun(host.stop())
    await world.clock.advance(5.4)
    assert not stop.done()
    await world.clock.advance(0.1)
    assert stop.result() == ("failed to shut down extension deaf: still running at the deadline",)
    assert world.clock.now() == 5.5
    assert "extension does not end and is abandoned" in caplog.messages
    assert {one.id: one.state for one in host.statuses()} == {"deaf": "abandoned", "good": "stopped"}
    assert world.meter.value("otelcol_extension_shutdown_timeouts", extension="deaf") == 1
    assert await host.stop() == ()


async def test_r_35_a_deadline_before_the_grace_is_kept():
    world, worker = World(), Worker("a")
    host = world.host(spec("a", Background(worker)))
    await host.start()
    await host.stop(Deadline.after(world.clock, 2.0))
    assert worker.stops[0].deadline.at == 2.0


async def test_an_error_at_shutdown_is_told_and_stops_nobody_else():
    class Sour:
        async def run(self, control):
            await control.wait()
            raise OSError("cannot flush")

    diary = []
    host = World().host(spec("sour", Background(Sour())), *running(diary, "a"))
    await host.start()
    assert await host.stop() == ("failed to shut down extension sour: cannot flush",)
    assert diary == ["run a", "stop a"]


async def test_r_36_start_waits_for_all_who_want_it_in_parallel():
    world = World()

    class Warming:
        async def run(self, control):
            await world.clock.sleep(1.0)
            control.ready()
            await control.wait()

    host = world.host(*(spec(name, Background(Warming(), readiness=5.0)) for name in "ab"))
    start = await begun(host.start())
    assert not start.done()
    assert [one.ready for one in host.statuses()] == [False, False]
    await world.clock.advance(1.0)
    await start
    assert [one.ready for one in host.statuses()] == [True, True]
    await host.stop()


async def test_r_37_one_that_is_not_ready_in_time_is_named_with_the_time():
    world = World()
    host = world.host(spec("idp", Background(Worker("idp", is_ready=asyncio.Event()), readiness=5.0)))
    start = await begun(host.start())
    await world.clock.advance(5.0)
    with pytest.raises(StartError, match=r"^extension idp was not ready within 5 s$"):
        await start
    stop = await begun(host.stop())
    await world.clock.advance(5.5)
    await stop


async def test_r_37_one_that_ends_before_it_is_ready_fails_at_once():
    class Gone:
        async def run(self, control):
            pass

    world = World()
    host = world.host(spec("gone", Background(Gone(), readiness=60.0)))
    with pytest.raises(StartError, match="extension gone ended before it was told to stop"):
        await host.start()
    assert world.clock.now() == 0.0


async def test_r_38_ready_may_be_said_again_and_by_one_that_nobody_waits_for():
    class Eager:
        async def run(self, control):
            for _ in range(3):
                control.ready()
            await control.wait()

    host = World().host(spec("a", Background(Eager())), spec("b", Background(Eager(), readiness=1.0)))
    await host.start()
    assert [one.ready for one in host.statuses()] == [None, True]
    await host.stop()


async def test_r_39_a_stop_while_waiting_for_readiness_is_kept_at_once():
    world = World()
    worker = Worker("idp", is_ready=asyncio.Event())
    host = world.host(spec("idp", Background(worker, readiness=60.0)))
    start = await begun(host.start())
    stop = await begun(host.stop())
    with pytest.raises(StartError, match="stopped before all extensions were ready"):
        await start
    worker.is_ready.set()
    assert await stop == ()
    assert world.clock.now() == 0.0


async def test_r_41_an_extension_hears_two_messages_and_keeps_time_itself():
    assert Control.wait.__annotations__["return"] == Stop | Reconfigure | None
    assert [name for name, _ in inspect.getmembers(Control, inspect.isfunction) if name[0] != "_"] == [
        "ready",
        "wait",
    ]
    assert [one.name for one in fields(Reconfigure)] == ["config", "accept", "refuse"]
    world, heard = World(), []

    class Ticking:
        async def run(self, control):
            while await control.wait(10.0) is None:
                heard.append(world.clock.now())

    host = world.host(spec("ticking", Background(Ticking())))
    await host.start()
    await world.clock.advance(25.0)
    assert heard == [10.0, 20.0]
    await host.stop()


class Server:
    """A lifecycle with `start` and `shutdown`."""

    def __init__(self, name, diary, fail=None, gate=None):
        self.name, self.diary, self.fail, self.gate = name, diary, fail, gate

    async def start(self):
        if self.gate is not None:
            await self.gate.wait()
        if self.fail is not None:
            raise self.fail
        self.diary.append(f"start {self.name}")

    async def shutdown(self, deadline):
        self.diary.append(f"shutdown {self.name} {deadline.remaining():g}")


async def test_start_and_shutdown_lead_the_same_life_one_after_the_other():
    diary, world = [], World()
    specs = [spec(name, Background(Server(name, diary))) for name in "abc"]
    host = world.host(*specs, one_by_one=True, grace=None)
    await host.start()
    await host.stop(Deadline.after(world.clock, 30.0))
    assert diary == ["start a", "start b", "start c", "shutdown c 30", "shutdown b 30", "shutdown a 30"]


async def test_one_that_cannot_start_is_shut_down_and_the_next_one_never_starts():
    diary = []
    specs = [
        spec(name, Background(Server(name, diary, fail)))
        for name, fail in (("a", None), ("b", OSError("port")), ("c", None))
    ]
    host = World().host(*specs, one_by_one=True)
    with pytest.raises(StartError, match="failed to start extension b: port"):
        await host.start()
    await host.stop()
    assert diary == ["start a", "shutdown b 5", "shutdown a 5"]


async def test_one_that_is_still_starting_is_interrupted_and_shut_down():
    diary = []
    host = World().host(spec("a", Background(Server("a", diary, gate=asyncio.Event()))))
    start = await begun(host.start())
    assert await host.stop() == ()
    assert diary == ["shutdown a 5"]
    with pytest.raises(StartError, match="stopped before all extensions were ready"):
        await start


async def test_r_71_an_extension_starts_after_those_it_needs_and_stops_before_them():
    diary = []
    host = World().host(
        spec(
            "top",
            lambda c: (c.require(RATE_LIMITER), limiter(Server("top", diary)))[1],
            bindings=[bind(RATE_LIMITER, "base")],
        ),
        spec("base", limiter(Server("base", diary))),
    )
    await host.start()
    await host.stop()
    assert diary == ["start base", "start top", "shutdown top 5", "shutdown base 5"]


async def test_stop_before_start_and_again_does_nothing():
    diary = []
    host = World().host(*running(diary, "a"))
    assert await host.stop() == ()
    assert diary == []
    with pytest.raises(StartError, match="stopped before all extensions were ready"):
        await host.start()
