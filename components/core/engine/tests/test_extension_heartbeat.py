"""An extension that does not come back to the engine is begun again, alone."""

import asyncio

from penstock_api.extension import Background
from penstock_engine.extensions import RestartPolicy

from .extensions import Worker, World, limiter, spec


class Wedging:
    """Waits for ever at its first `times` runs, then works as it should."""

    def __init__(self, times, swallow=False):
        self.times, self.swallow = times, swallow
        self.runs = []
        self.cleaned = 0

    async def run(self, control):
        self.runs.append(control)
        try:
            if len(self.runs) <= self.times:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cleaned += 1
            if not self.swallow:
                raise
            await asyncio.Event().wait()
        while await control.wait() is None:
            pass


async def started(world, extension, *more, **options):
    host = world.host(spec("idp", limiter(extension, heartbeat=2.0)), *more, **options)
    await host.start()
    return host


async def test_r_77_a_wedged_extension_is_restarted_alone_with_the_same_core_and_handles(caplog):
    world, wedging, other = World(), Wedging(1), Worker("other")
    host = await started(world, wedging, spec("other", Background(other)))
    await world.clock.advance(1.9)
    assert len(wedging.runs) == 1
    await world.clock.advance(0.1)
    assert (wedging.cleaned, host.statuses()[0].state) == (1, "restarting")
    await world.clock.advance(0.25)
    assert len(wedging.runs) == 2
    status = host.statuses()[0]
    assert (status.state, status.restarts) == ("running", 1)
    assert status.error == "extension idp did not come back to `Control.wait` within 2 s"
    assert world.meter.value("otelcol_extension_restarts", extension="idp") == 1
    assert other.diary == ["run other"]
    assert not host.failed.is_set()
    assert list(caplog.messages) == ["extension missed its heartbeat", "extension is restarted"]
    assert await host.stop() == ()


async def test_r_77_one_that_waits_for_the_engine_is_alive_however_long_that_takes():
    world, worker = World(), Wedging(0)
    host = await started(world, worker)
    await world.clock.advance(3600.0)
    assert len(worker.runs) == 1
    await host.stop()


async def test_r_77_waits_between_restarts_double_up_to_a_limit_and_the_budget_ends():
    world, wedging = World(), Wedging(100)
    policy = RestartPolicy(max_restarts=3, initial_backoff=1.0, max_backoff=2.0)
    host = await started(world, wedging, restarts=policy)
    for passed, runs in ((2.0 + 1.0, 2), (2.0 + 2.0, 3), (2.0 + 2.0, 4)):
        await world.clock.advance(passed - 0.1)
        assert len(wedging.runs) == runs - 1
        await world.clock.advance(0.1)
        assert len(wedging.runs) == runs
    await world.clock.advance(2.0)
    assert host.failed.is_set()
    assert host.error == "extension idp missed its heartbeat again after 3 restarts"
    assert await host.stop() == ()


async def test_r_77_the_budget_is_whole_again_after_a_time_without_a_miss():
    policy = RestartPolicy(max_restarts=1, initial_backoff=1.0, reset_after=60.0)
    assert [policy.backoff(number) for number in (1, 2, 3)] == [1.0, 2.0, 4.0]
    world = World()

    class Twice:
        runs = 0

        async def run(self, control):
            self.runs += 1
            if self.runs < 3:
                await control.wait(100.0)
                await asyncio.Event().wait()
            await control.wait()

    wedging = Twice()
    host = await started(world, wedging, restarts=policy)
    await world.clock.advance(103.0)
    assert wedging.runs == 2
    await world.clock.advance(103.0)
    assert wedging.runs == 3
    assert not host.failed.is_set()
    await host.stop()


async def test_r_77_one_that_does_not_end_when_cancelled_is_a_failure():
    world, wedging = World(), Wedging(1, swallow=True)
    host = await started(world, wedging)
    await world.clock.advance(2.0)
    await world.clock.advance(5.0)
    assert host.error == "extension idp missed its heartbeat and does not end when it is cancelled"
    stop = asyncio.get_running_loop().create_task(host.stop())
    await world.clock.advance(5.5)
    assert stop.result() == ("failed to shut down extension idp: still running at the deadline",)


async def test_r_77_a_stop_while_it_waits_for_its_restart_ends_it_at_once():
    world, wedging = World(), Wedging(1)
    host = await started(world, wedging)
    await world.clock.advance(2.0)
    assert await host.stop() == ()
    assert world.clock.now() == 2.0
    assert host.statuses()[0].state == "stopped"


async def test_r_77_a_wedge_before_it_is_ready_is_restarted_too():
    world = World()

    class Ready(Wedging):
        async def run(self, control):
            if len(self.runs) >= self.times:
                control.ready()
            await super().run(control)

    host = world.host(spec("idp", limiter(Ready(1), heartbeat=2.0, readiness=10.0)))
    start = asyncio.get_running_loop().create_task(host.start())
    await world.clock.advance(2.25)
    await start
    assert host.statuses()[0].restarts == 1
    await host.stop()


async def test_r_77_one_that_takes_its_time_to_stop_is_not_restarted():
    world = World()

    class Flushing:
        async def run(self, control):
            await control.wait()
            await world.clock.sleep(4.0)

    host = await started(world, Flushing())
    stop = asyncio.get_running_loop().create_task(host.stop())
    await world.clock.advance(4.0)
    assert stop.result() == ()
    assert host.statuses()[0].restarts == 0
