import asyncio
import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock_api import Deadline, PartialError, PermanentError, RetryableError
from penstock_engine import Channel, Output, fan_out
from penstock_testkit import FakeClock, make_settings, settle

from .probes import Note, Sink, Writer


def outputs(*consumers):
    return [Output(one, mutates=isinstance(one, Writer)) for one in consumers]


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_c_39_a_branch_that_changes_never_shows_in_one_that_reads(kinds):
    branches = [Writer(f"<{number}>") if writes else Sink() for number, writes in enumerate(kinds)]
    asyncio.run(fan_out(outputs(*branches)).consumer.consume(Note("as sent")))
    for number, (writes, branch) in enumerate(zip(kinds, branches, strict=True)):
        [note] = branch.given
        assert note.text == (f"as sent<{number}>" if writes else "as sent")


@given(st.lists(st.booleans(), min_size=2, max_size=6))
def test_c_39_copies_are_made_only_for_those_that_change(kinds):
    branches = [Writer("!") if writes else Sink() for writes in kinds]
    Note.copies = 0
    asyncio.run(fan_out(outputs(*branches)).consumer.consume(Note()))
    assert Note.copies == (sum(kinds) if not all(kinds) else len(kinds) - 1)


@given(st.recursive(st.booleans(), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=8))
def test_c_39_holds_for_fan_outs_behind_fan_outs(tree):
    leaves = []

    def build(part):
        if isinstance(part, list):
            return fan_out([build(one) for one in part])
        leaves.append(Writer("!") if part else Sink())
        return outputs(leaves[-1])[0]

    asyncio.run(build(tree).consumer.consume(Note("as sent")))
    assert [leaf.given[0].text for leaf in leaves] == [
        "as sent!" if isinstance(leaf, Writer) else "as sent" for leaf in leaves
    ]


@pytest.mark.parametrize("only", [Sink(), Writer("!")], ids=["reader", "writer"])
async def test_c_40_a_single_consumer_gets_the_payload_itself(only):
    joined = fan_out(outputs(only))
    note = Note()
    await joined.consumer.consume(note)
    assert joined.consumer is only
    assert only.given == [note]
    assert not note.shared


@given(st.lists(st.booleans(), min_size=2, max_size=6))
def test_c_41_branches_that_fail_keep_none_from_receiving(failing):
    error = RetryableError("no")
    sinks = [Sink(error=error if fails else None) for fails in failing]
    sent = fan_out(outputs(*sinks)).consumer.consume(Note("x"))
    if any(failing):
        with pytest.raises(RetryableError, match="no"):
            asyncio.run(sent)
    else:
        asyncio.run(sent)
    assert [sink.texts for sink in sinks] == [[] if fails else ["x"] for fails in failing]


async def test_c_41_not_even_a_bug_in_one_branch_keeps_the_others_from_receiving():
    healthy = Sink()
    with pytest.raises(KeyError, match="a bug"):
        await fan_out(outputs(Sink(error=KeyError("a bug")), healthy)).consumer.consume(Note("x"))
    assert healthy.texts == ["x"]


@pytest.mark.parametrize(
    ("errors", "kind", "text"),
    [
        ([RetryableError("a"), PermanentError("b")], PermanentError, "a; b"),
        ([RetryableError("a"), RetryableError("b")], RetryableError, "a; b"),
        ([PartialError("a", rejected=1), RetryableError("b")], RetryableError, "a; b"),
        ([PartialError("a", rejected=1), PartialError("b", rejected=3)], PartialError, "a; b"),
        ([RetryableError("a"), ValueError()], PermanentError, "a; ValueError"),
    ],
)
async def test_several_errors_become_one_that_says_what_to_do(errors, kind, text):
    with pytest.raises(kind, match=f"^{text}$"):
        await fan_out(outputs(*(Sink(error=error) for error in errors))).consumer.consume(Note())


async def test_the_longest_wait_asked_for_is_passed_on():
    errors = [RetryableError("a", after=2.0), RetryableError("b"), RetryableError("c", after=7.0)]
    with pytest.raises(RetryableError) as caught:
        await fan_out(outputs(*(Sink(error=error) for error in errors))).consumer.consume(Note())
    assert caught.value.after == 7.0


async def test_the_most_items_rejected_are_passed_on():
    errors = [PartialError("a", rejected=1), PartialError("b", rejected=3)]
    with pytest.raises(PartialError) as caught:
        await fan_out(outputs(*(Sink(error=error) for error in errors))).consumer.consume(Note())
    assert caught.value.rejected == 3


@pytest.mark.parametrize(("kinds", "mutates"), [("ww", True), ("wr", False), ("rr", False)])
def test_a_fan_out_mutates_when_nobody_behind_it_only_reads(kinds, mutates):
    assert fan_out(outputs(*(Writer("!") if kind == "w" else Sink() for kind in kinds))).mutates is mutates


@pytest.fixture
async def channels():
    """Two channels with a sink each; the first sink waits for its gate."""
    slow, fast = Sink(gate=asyncio.Event()), Sink()
    tasks = make_settings().tasks
    made = [Channel(name, (sink,), tasks, capacity=1) for name, sink in (("a", slow), ("b", fast))]
    for one in made:
        await one.start()
    yield made, slow, fast
    slow.gate.set()
    for one in made:
        await one.shutdown(Deadline.after(FakeClock(), 5))


async def test_a_channel_that_is_slow_keeps_no_other_from_its_payload(channels):
    made, slow, fast = channels
    sending = asyncio.get_running_loop().create_task(fan_out(outputs(*made)).consumer.consume(Note("x")))
    await settle()
    assert (slow.texts, fast.texts, sending.done()) == ([], ["x"], False)
    slow.gate.set()
    await sending
    assert slow.texts == ["x"]


async def test_who_gives_up_takes_back_what_no_channel_has_delivered(channels):
    made, slow, fast = channels
    send = fan_out(outputs(*made)).consumer.consume
    first, second = (asyncio.get_running_loop().create_task(send(Note(text))) for text in "xy")
    await settle()
    second.cancel()
    await settle()
    slow.gate.set()
    await first
    assert (slow.texts, fast.texts) == (["x"], ["x", "y"])
    assert [one.depth for one in made] == [0, 0]


async def test_who_gives_up_leaves_no_error_behind(channels, caplog):
    made, _slow, fast = channels
    fast.error = RetryableError("no")
    sending = asyncio.get_running_loop().create_task(fan_out(outputs(*made)).consumer.consume(Note("x")))
    await settle()
    sending.cancel()
    await settle()
    del sending
    gc.collect()
    assert caplog.records == []
