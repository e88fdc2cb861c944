"""Extensions of an engine and of a group, around those of pipelines."""

import pytest

from penstock_api import StartError
from penstock_api.capability import KEY_VALUE_STORE, RATE_LIMITER, CapabilityNotProvidedError, watch_channel
from penstock_api.extension import Active, Background, Cloned

from .extensions import Limiter, Worker, World, bind, limiter, spec, store


async def pipeline(world, outer, name, *specs, needs=("quota",)):
    """One copy of a pipeline whose node claims `needs`; the host runs."""
    host = world.host(*specs, outer=outer, start_unused=False)
    handles = []
    for need in needs:
        claims = host.claims(f"node {name}", [bind(RATE_LIMITER, need)])
        handles.append(claims.require(RATE_LIMITER))
    host.seal()
    await host.start()
    return host, handles


async def test_r_64_the_nearest_id_hides_the_farther_one_whole():
    world = World()
    far, near = Limiter(), Limiter()
    engine = world.host(spec("quota", limiter(handle=far)))
    group = world.host(spec("quota", limiter(handle=near)), outer=engine)
    inner = world.host(outer=group)
    assert inner.claims("node a", [bind(RATE_LIMITER, "quota")]).require(RATE_LIMITER) is near
    hidden = world.host(spec("quota", store(), (KEY_VALUE_STORE,)), outer=engine)
    with pytest.raises(CapabilityNotProvidedError, match="does not offer it: quota"):
        hidden.claims("node a", [bind(RATE_LIMITER, "quota")])


async def test_r_66_a_consumer_is_the_same_whatever_the_scope_of_the_extension():
    def consumer(host):
        return host.claims("node a", [bind(RATE_LIMITER, "quota")]).require(RATE_LIMITER).try_acquire(1)

    world = World()
    outer = world.host(spec("quota", limiter()))
    assert consumer(world.host(spec("quota", limiter())))
    assert consumer(world.host(outer=outer))
    assert consumer(world.host(outer=world.host(outer=outer)))


async def test_r_67_how_many_there_are_follows_from_where_one_is_declared():
    made = []

    def counting(scope):
        return spec(scope, lambda _: made.append(scope) or limiter())

    world = World()
    engine = world.host(counting("engine"))
    group = world.host(counting("group"), outer=engine)
    copies = [
        await pipeline(world, group, f"copy{n}", counting("pipeline"), needs=("engine", "group", "pipeline"))
        for n in range(3)
    ]
    assert {scope: made.count(scope) for scope in made} == {"engine": 1, "group": 1, "pipeline": 3}
    for place in range(2):
        assert len({id(handles[place]) for _, handles in copies}) == 1


async def test_r_68_outer_ones_start_before_and_stop_after_those_inside():
    world, diary = World(), []
    engine = world.host(spec("e", limiter(Worker("e", diary))), start_unused=False)
    group = world.host(spec("g", limiter(Worker("g", diary))), outer=engine, start_unused=False)
    host, _ = await pipeline(world, group, "a", spec("p", limiter(Worker("p", diary))), needs=("p", "g", "e"))
    for one in (host, group, engine):
        assert await one.stop() == ()
    assert diary == ["run e", "run g", "run p", "stop p", "stop g", "stop e"]


async def test_r_69_a_rebuilt_pipeline_gives_its_claims_back_and_outer_ones_run_on():
    world, worker = World(), Worker("quota")
    engine = world.host(spec("quota", limiter(worker)), start_unused=False)
    first, _ = await pipeline(world, engine, "old")
    second, _ = await pipeline(world, engine, "new")
    assert engine.statuses()[0].consumers == ("node old", "node new")
    await first.stop()
    assert engine.statuses()[0].consumers == ("node new",)
    await second.stop()
    third, _ = await pipeline(world, engine, "again")
    assert engine.statuses()[0].consumers == ("node again",)
    assert worker.diary == ["run quota"]
    await third.stop()
    await engine.stop()


async def test_r_69_what_is_claimed_later_from_outside_is_started_then():
    world, diary = World(), []
    engine = world.host(
        *(spec(name, limiter(Worker(name, diary))) for name in ("quota", "late")), start_unused=False
    )
    first, _ = await pipeline(world, engine, "a")
    assert diary == ["run quota"]
    second, _ = await pipeline(world, engine, "b", needs=("late",))
    assert diary == ["run quota", "run late"]
    for host in (first, second, engine):
        await host.stop()


async def test_r_69_a_pipeline_that_cannot_be_built_holds_nothing():
    world = World()
    engine = world.host(spec("quota", limiter()), start_unused=False)

    def broken(capabilities):
        capabilities.require(RATE_LIMITER)
        raise OSError("no")

    with pytest.raises(StartError, match="failed to create extension inner: no"):
        world.host(spec("inner", broken, bindings=[bind(RATE_LIMITER, "quota")]), outer=engine)
    assert engine.statuses()[0].consumers == ()
    unused = world.host(outer=engine)
    unused.claims("node a", [bind(RATE_LIMITER, "quota")]).require(RATE_LIMITER)
    unused.release()
    assert engine.statuses()[0].consumers == ()


async def test_an_inner_host_does_not_start_when_an_outer_extension_fails():
    world = World()
    engine = world.host(spec("quota", limiter(Worker("quota", fail=OSError("no route")))), start_unused=False)
    with pytest.raises(StartError, match="failed to start extension quota: no route"):
        await pipeline(world, engine, "a")


async def test_r_58_a_read_of_what_an_outer_one_pushes_waits_for_nobody():
    publisher, watch = watch_channel(1)

    class Pushing:
        async def run(self, control):
            publisher.publish(2)
            await control.wait()

    world = World()
    bundle = Active(Pushing(), Cloned(RATE_LIMITER, Limiter(lambda units: units <= watch.current)))
    engine = world.host(spec("quota", lambda _: bundle), start_unused=False)
    host, [handle] = await pipeline(world, engine, "a")
    taking = handle.try_acquire
    assert not hasattr(taking, "__await__")
    assert taking(2)
    assert not taking(3)
    await host.stop()
    await engine.stop()


async def test_the_extensions_of_one_pipeline_are_not_seen_by_another():
    world = World()
    engine = world.host()
    await pipeline(world, engine, "a", spec("quota", limiter()))
    other = world.host(spec("server", Background(Worker("server"))), outer=engine)
    with pytest.raises(
        Exception, match="node b binds rate_limiter to an extension that is not in scope: quota"
    ):
        other.claims("node b", [bind(RATE_LIMITER, "quota")])
