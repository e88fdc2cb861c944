"""Extensions from creation to shutdown, as both front ends lead them."""

from penstock_api.capability import RATE_LIMITER

from .extensions import Limiter, Worker, World, bind, limiter, spec


async def test_an_extension_is_created_claimed_started_and_stopped():
    world, worker = World(), Worker("quota")
    host = world.host(spec("quota", limiter(worker)), start_unused=False)
    claims = host.claims("node a", [bind(RATE_LIMITER, "quota")])
    handle = claims.require(RATE_LIMITER)
    host.seal()
    await host.start()
    assert isinstance(handle, Limiter)
    assert worker.diary == ["run quota"]
    assert await host.stop() == ()
    assert worker.diary == ["run quota", "stop quota"]
