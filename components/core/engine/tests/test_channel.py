import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock_api import Deadline, PermanentError, RetryableError
from penstock_engine import Channel, LoopClock
from penstock_testkit import FakeClock, make_settings, settle

from .probes import Note, Sink


@pytest.fixture
def spawn():
    """Start a task of the test's own."""
    return lambda work: asyncio.get_running_loop().create_task(work)


def channel(*takers, capacity=2, tasks=None):
    return Channel("c", takers, tasks or make_settings().tasks, capacity=capacity)


async def soon(clock=None):
    return Deadline.after(clock or FakeClock(), 5)


async def test_payloads_arrive_in_order_and_their_senders_learn_of_it():
    sink = Sink()
    one = channel(sink)
    await one.start()
    for text in "abc":
        await one.consume(Note(text))
    await one.shutdown(await soon())
    assert sink.texts == ["a", "b", "c"]


@pytest.mark.parametrize(
    "error", [PermanentError("never"), RetryableError("later", after=3), KeyError("bug")]
)
async def test_what_the_taker_raises_belongs_to_the_sender(error):
    one = channel(Sink(error=error))
    await one.start()
    with pytest.raises(type(error)) as caught:
        await one.consume(Note())
    assert caught.value is error
    await one.shutdown(await soon())


async def test_a_full_channel_makes_senders_wait(spawn):
    sink = Sink(gate=asyncio.Event())
    one = channel(sink, capacity=2)
    await one.start()
    senders = [spawn(one.consume(Note(text))) for text in "abcd"]
    await settle()
    assert one.depth == 1  # one with the taker, one held; two wait for room
    sink.gate.set()
    await asyncio.gather(*senders)
    assert sink.texts == ["a", "b", "c", "d"]
    await one.shutdown(await soon())


async def test_a_sender_that_gives_up_takes_its_payload_back(spawn):
    sink = Sink(gate=asyncio.Event())
    one = channel(sink, capacity=2)
    await one.start()
    first, second = spawn(one.consume(Note("a"))), spawn(one.consume(Note("b")))
    await settle()
    second.cancel()
    await settle()
    assert one.depth == 0
    sink.gate.set()
    await first
    await one.shutdown(await soon())
    assert sink.texts == ["a"]


async def test_senders_that_give_up_again_and_again_do_not_fill_the_channel(spawn):
    one = channel(Sink(gate=asyncio.Event()), capacity=1)
    for _ in range(10):
        sender = spawn(one.consume(Note()))
        await settle()
        sender.cancel()
        await settle()
    assert one.depth == 0


async def test_several_takers_compete_and_each_payload_goes_to_one(spawn):
    slow, fast = Sink(gate=asyncio.Event()), Sink()
    one = channel(slow, fast, capacity=8)
    await one.start()
    senders = [spawn(one.consume(Note(text))) for text in "abcd"]
    await settle()
    assert sorted(fast.texts) == ["b", "c", "d"]
    slow.gate.set()
    await asyncio.gather(*senders)
    assert slow.texts == ["a"]
    await one.shutdown(await soon())


async def test_takers_that_are_equally_free_take_turns():
    left, right = Sink(), Sink()
    one = channel(left, right)
    await one.start()
    await settle()
    for number in range(10):
        await one.consume(Note(str(number)))
    await one.shutdown(await soon())
    assert (len(left.texts), len(right.texts)) == (5, 5)


async def test_shutdown_delivers_what_is_held_and_refuses_what_comes(spawn):
    sink = Sink(gate=asyncio.Event())
    one = channel(sink, capacity=3)
    await one.start()
    senders = [spawn(one.consume(Note(text))) for text in "abc"]
    await settle()
    stopping = spawn(one.shutdown(await soon()))
    await settle()
    sink.gate.set()
    await stopping
    await asyncio.gather(*senders)
    assert sink.texts == ["a", "b", "c"]
    with pytest.raises(RetryableError, match=r"^channel is closed: c$"):
        await one.consume(Note("late"))


async def test_a_sender_that_waits_for_room_is_refused_when_the_channel_closes(spawn):
    sink = Sink(gate=asyncio.Event())
    one = channel(sink, capacity=1)
    await one.start()
    inside, outside = spawn(one.consume(Note("in"))), spawn(one.consume(Note("out")))
    await settle()
    stopping = spawn(one.shutdown(await soon()))
    await settle()
    sink.gate.set()
    await asyncio.gather(inside, stopping)
    with pytest.raises(RetryableError, match=r"^channel is closed: c$"):
        await outside


async def test_at_the_deadline_every_sender_hears_that_its_payload_is_not_delivered(spawn):
    clock = FakeClock()
    one = channel(Sink(gate=asyncio.Event()), capacity=2)
    await one.start()
    taken, held = spawn(one.consume(Note("a"))), spawn(one.consume(Note("b")))
    await settle()
    stopping = spawn(one.shutdown(Deadline.after(clock, 5)))
    await clock.advance(4.9)
    assert not stopping.done()
    await clock.advance(0.1)
    await stopping
    with pytest.raises(RetryableError, match=r"^channel closed before the outcome was known: c$"):
        await taken
    with pytest.raises(RetryableError, match=r"^channel closed before delivery: c$"):
        await held


async def test_a_deadline_that_has_passed_refuses_what_is_held_at_once(spawn):
    one = channel(Sink(gate=asyncio.Event()), capacity=2)
    await one.start()
    senders = [spawn(one.consume(Note(text))) for text in "ab"]
    await settle()
    await one.shutdown(Deadline.after(FakeClock(), 0))
    done = await asyncio.gather(*senders, return_exceptions=True)
    assert [type(outcome) for outcome in done] == [RetryableError, RetryableError]


async def test_shutdown_is_safe_before_start_and_twice():
    one = channel(Sink())
    for _ in range(2):
        await one.shutdown(Deadline.after(LoopClock(), 0))


@given(
    answers=st.lists(st.sampled_from(["ok", "refuse", "slow"]), min_size=1, max_size=20),
    takers=st.integers(1, 3),
    capacity=st.integers(1, 4),
)
def test_every_payload_has_one_outcome(answers, takers, capacity):
    class Taker:
        async def consume(self, note):
            if note.text == "slow":
                await asyncio.sleep(0)
            if note.text == "refuse":
                raise PermanentError("no")
            taken.append(note)

    async def run():
        one = channel(*(Taker() for _ in range(takers)), capacity=capacity)
        await one.start()
        done = await asyncio.gather(*(one.consume(Note(text)) for text in answers), return_exceptions=True)
        await one.shutdown(await soon())
        return done

    taken = []
    done = asyncio.run(run())
    assert len(taken) == done.count(None) == len(answers) - answers.count("refuse")


# -- a sender that hands over by itself --------------------------------------------------------------


class Onward:
    """A taker that passes on to a channel, and tells in which task."""

    def __init__(self, channel):
        self.channel, self.tasks = channel, []

    async def consume(self, note):
        self.tasks.append(asyncio.current_task())
        await self.channel.consume(note)


async def chain(sink, length=3):
    """Channels of which each feeds the next, started and idle; the first is what senders see."""
    made, taker = [], sink
    for _ in range(length):
        made.insert(0, channel(taker))
        taker = Onward(made[0])
    for one in made:
        await one.start()
    await settle()
    return made, taker


async def test_where_nothing_waits_the_sender_hands_over_without_a_step_of_another_task():
    sink = Sink()
    made, first = await chain(sink)
    await first.consume(Note("a"))
    assert (sink.texts, first.tasks) == (["a"], [asyncio.current_task()])
    for one in made:
        await one.shutdown(await soon())


async def test_what_waits_behind_a_sender_that_hands_over_is_delivered_after_it(spawn):
    sink = Sink(gate=asyncio.Event())
    made, first = await chain(sink, 2)
    senders = [spawn(first.consume(Note(text))) for text in "abc"]
    await settle()
    assert [one.depth for one in made] == [1, 0]  # and one waits for room
    sink.gate.set()
    await asyncio.gather(*senders)
    assert sink.texts == ["a", "b", "c"]
    for one in made:
        await one.shutdown(await soon())


async def test_a_sender_that_is_cancelled_takes_the_taker_with_it_and_leaves_room(spawn):
    sink = Sink(gate=asyncio.Event())
    made, first = await chain(sink)
    sender = spawn(first.consume(Note("a")))
    await settle()
    sender.cancel()
    await settle()
    assert sender.cancelled()
    sink.gate.set()
    for text in "bcd":
        await first.consume(Note(text))
    assert sink.texts == ["b", "c", "d"]
    for one in made:
        await one.shutdown(await soon())


async def test_at_the_deadline_a_sender_that_hands_over_goes_on_with_an_error(spawn):
    clock, sink, seen = FakeClock(), Sink(gate=asyncio.Event()), []
    made, first = await chain(sink)

    async def send():
        try:
            await first.consume(Note("a"))
        except RetryableError as error:
            seen.append((str(error), asyncio.current_task().cancelling()))
            await asyncio.sleep(0)  # it is not cancelled any more
            seen.append("went on")

    sender = spawn(send())
    await settle()
    stopping = [spawn(one.shutdown(Deadline.after(clock, 5))) for one in made]  # all are cut at once
    await clock.advance(5)
    await asyncio.gather(sender, *stopping)
    assert seen == [("channel closed before the outcome was known: c", 0), "went on"]


async def test_a_sender_that_is_cancelled_at_the_deadline_is_cancelled(spawn):
    clock, sink = FakeClock(), Sink(gate=asyncio.Event())
    made, first = await chain(sink)
    sender = spawn(first.consume(Note("a")))
    await settle()
    stopping = [spawn(one.shutdown(Deadline.after(clock, 5))) for one in made]
    clock.call_later(5, sender.cancel)
    await clock.advance(5)
    await asyncio.gather(sender, *stopping, return_exceptions=True)
    assert sender.cancelled()


async def test_a_taker_that_does_not_end_when_it_is_cut_off_keeps_its_sender_whole(spawn):
    class Stubborn:
        async def consume(self, note):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return

    clock, cancelling = FakeClock(), []
    one = channel(Stubborn())
    await one.start()
    await settle()

    async def send():
        await one.consume(Note("a"))
        cancelling.append(asyncio.current_task().cancelling())

    sender = spawn(send())
    await settle()
    stopping = spawn(one.shutdown(Deadline.after(clock, 5)))
    await clock.advance(5)
    await asyncio.gather(sender, stopping)
    assert cancelling == [0]
