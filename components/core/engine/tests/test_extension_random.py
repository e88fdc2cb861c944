"""Random extensions that need each other, fail, hang and are stopped at any time: what must hold always holds."""

import asyncio
import random

import pytest

from penstock_api import StartError
from penstock_api.capability import RATE_LIMITER
from penstock_api.extension import Background, Stop
from penstock_testkit import settle

from .extensions import World, bind, limiter, spec

KINDS = ("runs", "runs", "runs", "fails", "ends", "deaf", "wedges", "late", "serves", "breaks")


class Life:
    """One random lifecycle; it notes when it began and when it heard `Stop`."""

    def __init__(self, world, chance, name, diary):
        self.world, self.name, self.diary = world, name, diary
        self.kind = chance.choice(KINDS)
        self.delay = chance.choice([0.0, 0.5, 3.0])
        self.wedges = 1

    async def run(self, control):
        self.diary.append(("begin", self.name))
        await self.world.clock.sleep(self.delay)
        match self.kind:
            case "fails":
                raise OSError("no route")
            case "ends":
                return
            case "deaf":
                control.ready()
                await asyncio.Event().wait()
            case "wedges" if self.wedges:
                self.wedges -= 1
                control.ready()
                await asyncio.Event().wait()
        if self.kind != "late":
            control.ready()
        while not isinstance(await control.wait(1.0), Stop):
            pass
        self.diary.append(("stop", self.name))
        await self.world.clock.sleep(self.delay)
        if self.kind == "breaks":
            raise OSError("cannot flush")
        self.diary.append(("end", self.name))


class Server(Life):
    """The same with `start` and `shutdown`."""

    run = None

    async def start(self):
        self.diary.append(("begin", self.name))
        await self.world.clock.sleep(self.delay)

    async def shutdown(self, deadline):
        self.diary.append(("stop", self.name))
        await self.world.clock.sleep(self.delay)
        self.diary.append(("end", self.name))


def random_host(seed):
    chance, world, diary = random.Random(seed), World(), []
    lives, needs, specs = {}, {}, []
    for number in range(chance.randrange(1, 7)):
        name = f"e{number}"
        kind = Server if chance.random() < 0.2 else Life
        life = lives[name] = kind(world, chance, name, diary)
        needs[name] = tuple(one for one in lives if one != name and chance.random() < 0.3)
        options = (
            {}
            if kind is Server
            else {"readiness": chance.choice([None, 10.0]), "heartbeat": chance.choice([None, 5.0])}
        )
        bindings = [bind(RATE_LIMITER, one, slot=one) for one in needs[name]]
        specs.append(spec(name, limiter(life, **options), bindings=bindings))
    chance.shuffle(specs)
    host = world.host(
        *specs, spec("own", Background(Life(world, chance, "own", diary))), one_by_one=chance.random() < 0.3
    )
    return chance, world, host, needs, diary


def place(diary, what, name):
    return diary.index((what, name)) if (what, name) in diary else None


@pytest.mark.parametrize("start", range(0, 400, 40))
async def test_the_order_of_needs_is_kept_every_stop_comes_once_and_in_time(start):
    for seed in range(start, start + 40):
        chance, world, host, needs, diary = random_host(seed)
        before = asyncio.all_tasks()
        starting = asyncio.get_running_loop().create_task(host.start())
        await world.clock.advance(chance.choice([0.0, 1.0, 4.0, 30.0]))
        began = world.clock.now()
        stopping = asyncio.get_running_loop().create_task(host.stop())
        await world.clock.advance(0)
        levels = 0
        while not stopping.done():
            await world.clock.advance(0.5)
            levels += 1
            assert levels < 200, seed
        error = None
        try:
            await starting
        except StartError as failure:
            error = failure
        await settle()

        assert world.clock.now() - began <= 5.5 * 8, seed
        states = {one.id: str(one.state) for one in host.statuses()}
        assert set(states.values()) <= {"created", "stopped", "failed", "abandoned"}, (seed, states)
        assert asyncio.all_tasks() - before - {starting, stopping} == set(), seed
        stops = [name for what, name in diary if what == "stop"]
        assert len(stops) == len(set(stops)), (seed, diary)
        for name, wanted in needs.items():
            for one in wanted:
                first, second = place(diary, "begin", one), place(diary, "begin", name)
                assert second is None or (first is not None and first < second), (seed, diary)
                ended, heard = place(diary, "end", name), place(diary, "stop", one)
                assert ended is None or heard is None or ended < heard, (seed, diary)
        if any(state == "failed" for state in states.values()) and error is None:
            assert host.failed.is_set() or "failed to shut down" in " ".join(stopping.result()), seed
