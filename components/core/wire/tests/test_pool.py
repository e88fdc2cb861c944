"""The connections of a client: made when needed, used again, spread, given up."""

import asyncio

import pytest

from penstock_testkit import FakeClock, settle
from penstock_wire.dial import Address
from penstock_wire.errors import DisconnectedError, RefusedError
from penstock_wire.exchange import Head, Response
from penstock_wire.pool import Backoff, Pool, PoolLimits

HEAD = Head(b"POST", b"/")


class FakeConnection:
    """Answers when told to; `capacity` requests at a time."""

    capacity = 1

    def __init__(self, world, changed, lost):
        self.world, self.changed, self.lost = world, changed, lost
        self.waiting, self.number, self.is_closed = {}, 0, False

    @property
    def room(self):
        return 0 if self.is_closed else self.capacity - len(self.waiting)

    def send(self, _head, parts, done):
        self.number += 1
        self.waiting[self.number] = done
        self.world.sent.append((self, parts))
        return self.number

    def cancel(self, number):
        self.waiting.pop(number)
        self.world.cancelled += 1

    def answer(self, outcome=None):
        _, done = self.waiting.popitem()
        done(outcome or Response(200))
        self.changed()

    def drain(self):
        self.abort()

    def abort(self):
        self.is_closed = True
        for done in self.waiting.values():
            done(DisconnectedError("closed"))
        self.waiting = {}
        self.lost()


class World:
    """A dialer of fake connections."""

    def __init__(self):
        self.hosts, self.down = ["a"], set()
        self.made, self.sent, self.tried, self.cancelled = [], [], [], 0
        self.gate = None

    async def resolve(self):
        if not self.hosts:
            raise DisconnectedError("cannot be resolved")
        return tuple(Address(0, host) for host in self.hosts)

    async def connect(self, address, make):
        self.tried.append(address.where)
        if self.gate is not None:
            await self.gate.wait()
        if address.where in self.down:
            raise DisconnectedError(f"{address.where} is down")
        make().host = address.where

    def make(self, *, changed, lost):
        self.made.append(FakeConnection(self, changed, lost))
        return self.made[-1]


@pytest.fixture
def world():
    return World()


@pytest.fixture
async def pool(world):
    made = []

    def build(**limits):
        clock = FakeClock()
        built = Pool(world, world.make, clock=clock, limits=PoolLimits(**limits), backoff=Backoff(jitter=0))
        built.clock = clock
        made.append(built)
        return built

    yield build
    for one in made:
        await one.close()
        assert one.clock.waiting == 0


@pytest.fixture
async def ask():
    tasks = []

    def start(pool, *parts):
        tasks.append(asyncio.get_running_loop().create_task(pool.request(HEAD, parts)))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def answered(world, task):
    await settle()
    world.sent[-1][0].answer()
    return (await task).status


async def test_nothing_is_connected_before_the_first_request_and_then_the_connection_is_kept(
    world, pool, ask
):
    client = pool()
    assert world.tried == []
    for _ in range(3):
        assert await answered(world, ask(client)) == 200
    assert world.tried == ["a"]


async def test_requests_at_a_time_have_connections_of_their_own(world, pool, ask):
    client = pool()
    tasks = [ask(client) for _ in range(3)]
    await settle()
    assert len(world.tried) == 3
    for connection, _ in world.sent:
        connection.answer()
    await asyncio.gather(*tasks)


async def test_beyond_the_limit_requests_wait_for_a_connection(world, pool, ask):
    client = pool(connections=1)
    first, second = ask(client), ask(client)
    await settle()
    assert len(world.sent) == 1
    world.sent[0][0].answer()
    await first
    assert await answered(world, second) == 200
    assert world.tried == ["a"]


async def test_who_is_cancelled_while_it_waits_lets_the_next_one_on(world, pool, ask):
    client = pool(connections=1)
    first, second, third = ask(client), ask(client), ask(client)
    await settle()
    world.sent[0][0].answer()
    second.cancel()
    await first
    assert await answered(world, third) == 200


async def test_connections_that_are_too_many_or_idle_for_too_long_are_closed(world, pool, ask):
    client = pool(kept=1, idle_seconds=10)
    tasks = [ask(client) for _ in range(2)]
    await settle()
    for connection, _ in world.sent:
        connection.answer()
    await asyncio.gather(*tasks)
    assert [one.is_closed for one in world.made] in ([True, False], [False, True])
    await client.clock.advance(9)
    assert await answered(world, ask(client)) == 200
    await client.clock.advance(9)
    assert sum(one.is_closed for one in world.made) == 1
    await client.clock.advance(1)
    assert all(one.is_closed for one in world.made)


async def test_a_shared_connection_takes_all_requests(world, pool, ask, monkeypatch):
    monkeypatch.setattr(FakeConnection, "capacity", 100)
    client = pool(is_shared=True)
    tasks = [ask(client) for _ in range(5)]
    await settle()
    assert (len(world.made), len(world.sent)) == (1, 5)
    for _ in tasks:
        world.made[0].answer()
    await asyncio.gather(*tasks)


@pytest.mark.parametrize(("spreads", "hosts"), [(True, {"a", "b", "c"}), (False, {"a"})])
async def test_load_is_spread_over_the_addresses_if_wanted(world, pool, ask, monkeypatch, spreads, hosts):
    monkeypatch.setattr(FakeConnection, "capacity", 100)
    world.hosts = ["a", "b", "c"]
    client = pool(is_shared=True, spreads=spreads)
    for _ in range(9):
        await answered(world, ask(client))
    assert {connection.host for connection, _ in world.sent} == hosts


async def test_an_address_that_is_down_is_left_out_and_tried_again_later(world, pool, ask, monkeypatch):
    monkeypatch.setattr(FakeConnection, "capacity", 100)
    world.hosts, world.down = ["a", "b"], {"a"}
    client = pool(is_shared=True)
    for _ in range(5):
        assert await answered(world, ask(client)) == 200
    assert world.tried.count("a") <= 2
    world.down = set()
    await client.clock.advance(1)
    for _ in range(4):
        await answered(world, ask(client))
    assert {one.host for one in world.made if not one.is_closed and hasattr(one, "host")} == {"a", "b"}


async def test_after_a_failure_requests_fail_at_once_until_the_backoff_is_over(world, pool):
    world.down = {"a"}
    client = pool()
    for wait, tries in ((0, 1), (0.9, 1), (0.1, 2), (1.5, 2), (0.1, 3)):
        await client.clock.advance(wait)
        with pytest.raises(DisconnectedError, match="a is down"):
            await client.request(HEAD, ())
        assert len(world.tried) == tries


async def test_a_success_ends_the_backoff(world, pool, ask):
    client = pool()
    world.down = {"a"}
    with pytest.raises(DisconnectedError):
        await client.request(HEAD, ())
    world.down = set()
    await client.clock.advance(1)
    assert await answered(world, ask(client)) == 200
    world.made[-1].abort()
    assert await answered(world, ask(client)) == 200


async def test_a_name_that_cannot_be_resolved_is_a_failure_to_connect(world, pool):
    world.hosts = []
    with pytest.raises(DisconnectedError, match="cannot be resolved"):
        await pool().request(HEAD, ())


async def test_who_waits_for_a_connection_is_served_when_there_is_one(world, pool, ask):
    world.down = {"a"}
    client = pool(waits=True, is_shared=True)
    task = ask(client)
    await settle()
    world.down = set()
    assert not task.done()
    await client.clock.advance(1)
    assert await answered(world, task) == 200


async def test_what_was_certainly_not_acted_on_is_sent_again(world, pool, ask):
    client = pool()
    task = ask(client, b"body")
    await settle()
    world.sent[-1][0].answer(RefusedError("busy"))
    assert await answered(world, task) == 200
    assert [parts for _, parts in world.sent] == [(b"body",), (b"body",)]


async def test_what_is_refused_again_and_again_is_given_up(world, pool, ask):
    task = ask(pool())
    for _ in range(3):
        await settle()
        world.sent[-1][0].answer(RefusedError("busy"))
    with pytest.raises(RefusedError):
        await task
    assert len(world.sent) == 3


async def test_what_may_have_been_acted_on_is_not_sent_again(world, pool, ask):
    task = ask(pool())
    await settle()
    world.sent[0][0].abort()
    with pytest.raises(DisconnectedError, match="closed"):
        await task
    assert len(world.sent) == 1


async def test_a_request_that_is_cancelled_is_cancelled_on_its_connection(world, pool, ask):
    task = ask(pool())
    await settle()
    task.cancel()
    await settle()
    assert world.cancelled == 1


async def test_who_is_cancelled_while_connecting_leaves_it_to_the_others(world, pool, ask):
    world.gate = asyncio.Event()
    client = pool(is_shared=True)
    first, second = ask(client), ask(client)
    await settle()
    first.cancel()
    await settle()
    world.gate.set()
    assert await answered(world, second) == 200


async def test_closing_ends_requests_and_refuses_others(world, pool, ask):
    client = pool(connections=1)
    tasks = [ask(client), ask(client)]
    await settle()
    await client.close()
    for task in tasks:
        with pytest.raises(DisconnectedError, match="closed"):
            await task
    with pytest.raises(DisconnectedError, match="the client is closed"):
        await client.request(HEAD, ())
