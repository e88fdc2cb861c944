"""What a worker has instead of the extensions around its pipeline: calls, decisions, leases; and its log."""

import asyncio
import logging
import socket
from types import MappingProxyType

import pytest

from penstock_api import Secret
from penstock_api.capability import (
    Allow,
    ApiKey,
    AuthorizedIdentity,
    BasicCredentials,
    BearerToken,
    CapabilityError,
    Deny,
    DenyReason,
    Put,
    watch_channel,
)
from penstock_dataflow.workers.calls import Caller, Decisions
from penstock_dataflow.workers.link import Link
from penstock_dataflow.workers.logs import Forwarding, take
from penstock_dataflow.workers.messages import Call, Failure, Logged, Reply, Unavailable
from penstock_dataflow.workers.proxies import Behind, proxy_of
from penstock_dataflow.workers.quota import LeasedQuota
from penstock_testkit import FakeClock, make_settings, settle

ALLOWED = Allow(AuthorizedIdentity("team-a", "bearer"))
DENIED = Deny(DenyReason.INVALID_CREDENTIAL)


def behind(capability, value=None, answer=None, fact=None):
    """What is behind a proxy, with an engine that answers every call with `answer`; and the calls."""
    clock, calls = FakeClock(), []

    def send(call):
        calls.append(call)
        if answer is not None:
            caller.answered(Reply(call.number, answer))

    caller = Caller(send, clock)
    _, fed = watch_channel(value)
    made = Behind(extension="ext", capability=capability, caller=caller, clock=clock, fed=fed, fact=fact)
    return made, calls, clock


async def test_a_call_is_answered_by_number_and_what_it_raised_is_raised_here():
    clock, calls = FakeClock(), []
    caller, settings = Caller(calls.append, clock), make_settings()
    answers = []

    async def call(method):
        try:
            answers.append(await caller.call("ext", "key_value_store", method, 1))
        except CapabilityError as error:
            answers.append(str(error))

    tasks = [settings.tasks.spawn(call(method), name=method) for method in ("one", "two")]
    await settle()
    assert calls == [
        Call(0, "ext", "key_value_store", "one", (1,)),
        Call(1, "ext", "key_value_store", "two", (1,)),
    ]
    caller.answered(Reply(1, Failure("disk full")))
    caller.answered(Reply(0, "fine"))
    caller.answered(Reply(0, "too late"))
    await asyncio.gather(*tasks)
    assert answers == ["key_value_store of extension ext failed: disk full", "fine"]


async def test_an_engine_that_does_not_answer_is_a_failure_of_the_call():
    made, _, clock = behind("key_value_store")
    settings, errors = make_settings(), []

    async def get():
        with pytest.raises(CapabilityError, match="failed: the engine does not answer"):
            await proxy_of(made).get("n", "k")
        errors.append(True)

    task = settings.tasks.spawn(get(), name="get")
    await clock.advance(10.0)
    await task
    assert errors == [True]


@pytest.mark.parametrize(
    ("capability", "value", "read"),
    [
        ("bearer_token_provider", BearerToken(Secret("t")), lambda handle: handle.get_token()),
        ("basic_credentials", BasicCredentials("a", Secret("b")), lambda handle: handle.get_credentials()),
        ("api_key", ApiKey("x", Secret("k")), lambda handle: handle.get_api_key()),
    ],
)
async def test_r_58_what_the_engine_pushed_is_read_without_a_call(capability, value, read):
    made, calls, _ = behind(capability, value)
    assert await read(proxy_of(made)) is value
    assert calls == []
    made, _, _ = behind(capability, Unavailable("no token yet"))
    with pytest.raises(CapabilityError, match=f"{capability} of extension ext failed: no token yet"):
        await read(proxy_of(made))


async def test_rows_and_tokens_follow_what_is_pushed():
    publisher, fed = watch_channel(Unavailable("not yet"))
    made, _, _ = behind("bearer_token_provider")
    handle = proxy_of(Behind(**{name: getattr(made, name) for name in made.__slots__} | {"fed": fed}))
    stream = handle.token_stream()
    publisher.publish(BearerToken(Secret("a")))
    assert (await anext(stream)).token == Secret("a")
    rows = proxy_of(behind("dataset_lookup", {"cart": {"owner": "a"}})[0])
    assert (rows.get("cart"), rows.get("pay"), len(rows.snapshot())) == ({"owner": "a"}, None, 1)


@pytest.mark.parametrize(
    ("capability", "shown"),
    [("bearer_token_authorizer", ("t",)), ("basic_authorizer", ("a", "b")), ("api_key_authorizer", ("k",))],
)
async def test_the_engine_decides_about_a_sender_and_the_worker_remembers_for_a_while(capability, shown):
    made, calls, clock = behind(capability, answer=ALLOWED, fact="x-api-key")
    handle = proxy_of(made)
    assert [await handle.authorize(*shown) for _ in range(3)] == [ALLOWED] * 3
    assert [call.arguments for call in calls] == [shown]
    await clock.advance(30.0)
    await handle.authorize(*shown)
    assert len(calls) == 2
    if capability == "api_key_authorizer":
        assert handle.header() == "x-api-key"


async def test_a_refusal_is_remembered_for_less_time_and_only_so_many_decisions_are():
    asked = []

    async def ask(token):
        asked.append(token)
        return DENIED

    clock = FakeClock()
    decisions = Decisions(ask, clock)
    await decisions.decide("a")
    await clock.advance(5.0)
    assert await decisions.decide("a") == DENIED
    assert asked == ["a", "a"]
    for number in range(1024):
        await decisions.decide(str(number))
    await decisions.decide("a")
    assert asked.count("a") == 3


async def test_the_store_is_called_with_what_can_travel():
    made, calls, _ = behind("key_value_store", answer=("k",))
    handle = proxy_of(made)
    await handle.apply("n", [Put("k", b"v")])
    assert await handle.keys("n", "k") == ("k",)
    assert [call.arguments for call in calls] == [("n", (Put("k", b"v"),)), ("n", "k")]


async def test_r_46_a_worker_gives_out_only_what_it_has_leased():
    clock, settings, granted = FakeClock(), make_settings(), [(10, 0.0), (0, 5.0), (4, 0.0)]
    asked = []

    async def lease(units):
        asked.append(units)
        return granted.pop(0)

    quota = LeasedQuota(lease, clock)
    settings.tasks.spawn(quota.refill(), name="lease")
    await settle()
    handle = quota.handle()
    assert (handle.try_acquire(10), handle.try_acquire(3), handle.retry_after(3)) == (True, False, 0.01)
    await settle()
    assert (handle.try_acquire(3), handle.retry_after(3)) == (False, 1.0)
    await clock.advance(1.0)
    assert (handle.try_acquire(3), handle.retry_after(1)) == (True, 0.0)
    await settings.tasks.cancel()


async def test_r_46_a_worker_hoards_nothing_of_a_small_quota():
    settings, asked = make_settings(), []

    async def lease(units):  # of a quota that has 50 at a time, and is full whenever it is asked
        asked.append(units)
        while units > 50:
            units //= 2
        return units, 0.0

    quota = LeasedQuota(lease, FakeClock())
    settings.tasks.spawn(quota.refill(), name="lease")
    await quota.leased.wait()
    for _ in range(200):
        assert quota.try_acquire(1)
        await settle()
    held = 0
    while quota.try_acquire(1):
        held += 1
    assert held < 50
    assert asked[:3] == [1024, 32, 32]
    await settle()
    assert asked[-1] == 64  # whoever finds too little asks for more
    await settings.tasks.cancel()


async def test_without_an_answer_a_worker_gives_out_nothing():
    async def lease(_):
        raise CapabilityError("quota", "rate_limiter", "the engine does not answer")

    settings = make_settings()
    quota = LeasedQuota(lease, FakeClock())
    settings.tasks.spawn(quota.refill(), name="lease")
    await quota.leased.wait()
    assert not quota.try_acquire(1)
    await settings.tasks.cancel()


async def test_messages_come_whole_and_in_order_until_the_other_end_has_gone():
    ends = socket.socketpair()
    ours, theirs = [await Link.over(end) for end in ends]
    for message in ("one", b"x" * (1 << 20), {"three": 3}):
        ours.send(message)
    settings = make_settings()
    flushing = settings.tasks.spawn(ours.flush(), name="flush")
    messages = theirs.messages()
    assert [await anext(messages) for _ in range(3)] == ["one", b"x" * (1 << 20), {"three": 3}]
    await flushing
    ours.close()
    assert [message async for message in messages] == []
    theirs.send("into nothing")
    theirs.close()
    theirs.send("nor this")


async def test_views_of_mappings_travel_and_arrive_as_views():
    ours, theirs = [await Link.over(end) for end in socket.socketpair()]
    rows = MappingProxyType({"a": MappingProxyType({"name": "ann"})})
    ours.send(rows)
    ours.close()
    [arrived] = [message async for message in theirs.messages()]
    assert (arrived, type(arrived["a"])) == (rows, MappingProxyType)
    theirs.close()


async def test_records_go_to_the_engine_as_they_are_and_odd_fields_as_text(caplog):
    sent, waiting = [], [0]
    handler = Forwarding(sent.append, lambda: waiting[0], asyncio.get_running_loop())
    logger = logging.Logger("penstock.test")  # noqa: LOG001 - of this test alone
    logger.addHandler(handler)
    logger.warning("%s is full", "disk", extra={"node": "in", "odd": lambda: None})
    logger.error("it broke", exc_info=ValueError("why"))
    await settle()
    waiting[0] = 2 << 20
    logger.info("lost")
    await settle()
    waiting[0] = 0
    logger.warning("after")
    await settle()
    assert [(one.record.getMessage(), one.lost) for one in sent] == [
        ("disk is full", 0),
        ("it broke", 0),
        ("after", 1),
    ]
    assert (sent[0].record.node, "lambda" in sent[0].record.odd) == ("in", True)
    assert "ValueError: why" in sent[1].record.exc_text
    with caplog.at_level(logging.INFO):
        take(Logged(sent[2].record, 1), "3")
    (record,) = caplog.records
    assert (getattr(record, "dataflow.worker"), getattr(record, "dataflow.records_lost")) == ("3", 1)
