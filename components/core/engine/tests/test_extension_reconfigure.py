"""A new config is offered to an extension before it is replaced."""

import asyncio

import pytest

from penstock_api import Config
from penstock_api.extension import Background, Reconfigure, Stop

from .extensions import World, limiter, spec


class _Config(Config):
    level: int = 0


class Adjusting:
    """Takes levels up to 5; does nothing at all with `silent`."""

    def __init__(self, *, silent=False):
        self.level, self.silent = 0, silent
        self.offers = []

    async def run(self, control):
        while not isinstance(message := await control.wait(), Stop):
            assert isinstance(message, Reconfigure)
            self.offers.append(message)
            if self.silent:
                continue
            if message.config.level > 5:
                message.refuse(f"level is too high: {message.config.level}")
            else:
                self.level = message.config.level
                message.accept()


async def test_r_42_a_config_that_is_accepted_is_taken_without_a_restart():
    one = Adjusting()
    host = World().host(spec("one", Background(one)))
    await host.start()
    assert await host.reconfigure("one", _Config(level=3)) == ""
    assert one.level == 3
    await host.stop()


async def test_r_42_a_config_that_is_refused_is_told_with_the_reason():
    one = Adjusting()
    host = World().host(spec("one", Background(one)))
    await host.start()
    assert await host.reconfigure("one", _Config(level=9)) == "level is too high: 9"
    assert one.level == 0
    await host.stop()


async def test_r_42_silence_is_a_refusal_after_a_while_and_a_late_answer_changes_nothing():
    world, one = World(), Adjusting(silent=True)
    host = world.host(spec("one", Background(one)), answer=10.0)
    await host.start()
    offer = asyncio.get_running_loop().create_task(host.reconfigure("one", _Config()))
    await world.clock.advance(9.0)
    assert not offer.done()
    await world.clock.advance(1.0)
    assert offer.result() == "it did not answer within 10 s"
    one.offers[0].accept()
    await host.stop()


async def test_r_42_one_that_ends_instead_of_answering_has_refused():
    class Leaving:
        async def run(self, control):
            await control.wait()

    host = World().host(spec("one", Background(Leaving())))
    await host.start()
    assert await host.reconfigure("one", _Config()) == "it has ended"
    assert await host.reconfigure("one", _Config()) == "it does not run"
    await host.stop()


async def test_r_42_those_that_cannot_hear_refuse_at_once():
    class Server:
        async def start(self):
            pass

    host = World().host(spec("passive", limiter()), spec("server", Background(Server())))
    await host.start()
    assert await host.reconfigure("passive", _Config()) == "it does not run"
    assert await host.reconfigure("server", _Config()) == "it has no `run` that could take a new config"
    with pytest.raises(KeyError, match="nobody"):
        await host.reconfigure("nobody", _Config())
    await host.stop()
