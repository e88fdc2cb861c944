"""No item is lost silently: what was offered is what came out, was refused, or was dropped and counted."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from penstock_api import ConfigError, ConsumeError, Kind, PartialError, PermanentError, RetryableError, Signal
from penstock_engine.clock import LoopClock
from penstock_testkit import RecordingConsumer, make, make_settings, names_of, running, start, stop
from penstock_testkit.contract import Mode, Sink, serve_sink, subjects
from penstock_testkit.projects import find_root


def sink_of(subject) -> str:
    with contextlib.suppress(ConfigError):  # which other tests report
        return subject.metadata.tests.sink
    return ""


EVERY = list(subjects(find_root(Path(__file__))))
PROCESSORS = [one for one in EVERY if one.project.kind is Kind.PROCESSOR]
EXPORTERS = [one for one in EVERY if one.project.kind is Kind.EXPORTER]
SERVED = [one for one in EXPORTERS if sink_of(one)]
BATCHES, SIZE = 20, 7

retryable, permanent = (
    RetryableError("the sink is told to be busy"),
    PermanentError("the sink is told to refuse"),
)
answers = pytest.mark.parametrize(
    "answers",
    [
        ((), None),
        ((retryable, retryable), None),
        ((), retryable),
        ((permanent,), None),
        ((), permanent),
        ((PartialError("the sink is told to refuse a part", rejected=3),), None),
    ],
    ids=["ok", "retryable, then ok", "retryable", "permanent, then ok", "permanent", "partial, then ok"],
)


async def offer(component, signal: str) -> tuple[int, int]:
    """Send batches one after the other; how many items were accepted and refused."""
    refused = 0
    for number in range(BATCHES):
        batch = make(Signal(signal), SIZE, first=number * SIZE)
        try:
            await component.consume(batch)
        except PartialError as error:
            refused += error.rejected
        except ConsumeError:
            refused += SIZE
    return BATCHES * SIZE - refused, refused


def dropped(subject, meter) -> float:
    return sum(meter.value(name) for name in subject.metadata.drops if name in meter.names)


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("subject", PROCESSORS, ids=str)
class TestProcessors:
    @answers
    async def test_accepted_items_come_out_or_are_counted(self, subject, signal, answers, tmp_path):
        if signal not in subject.signals():
            pytest.skip("not a signal of this component")
        script, always = answers
        settings = make_settings("processor", subject.point.name, clock=LoopClock())
        onward = RecordingConsumer(*script, always=always)
        processor = subject.create(signal, settings, subject.config(tmp_path=tmp_path), onward)
        async with running(processor, clock=settings.clock):
            accepted, _ = await offer(processor, signal)
        assert accepted == onward.items + dropped(subject, settings.meter)

    async def test_no_item_comes_out_twice(self, subject, signal, tmp_path):
        if signal not in subject.signals():
            pytest.skip("not a signal of this component")
        settings = make_settings("processor", subject.point.name, clock=LoopClock())
        onward = RecordingConsumer()
        processor = subject.create(signal, settings, subject.config(tmp_path=tmp_path), onward)
        async with running(processor, clock=settings.clock):
            await offer(processor, signal)
        names = [name for batch in onward.batches for name in names_of(batch)]
        assert len(names) == len(set(names))

    async def test_what_a_hanging_pipeline_keeps_is_counted(self, subject, signal, tmp_path):
        if signal not in subject.signals():
            pytest.skip("not a signal of this component")
        settings = make_settings("processor", subject.point.name, clock=LoopClock())
        onward = RecordingConsumer()
        onward.hold()
        processor = subject.create(signal, settings, subject.config(tmp_path=tmp_path), onward)
        accepted = 0
        await start(processor)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await processor.consume(make(signal, SIZE))
                accepted = SIZE
        await stop(processor, clock=settings.clock, within=0.2)
        await settings.tasks.cancel()
        assert accepted == onward.items + dropped(subject, settings.meter)


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("subject", SERVED, ids=str)
class TestExporters:
    @pytest.mark.parametrize(
        "modes",
        [
            ((), Mode.OK),
            ((Mode.RETRYABLE, Mode.RETRYABLE), Mode.OK),
            ((Mode.PERMANENT,), Mode.OK),
            ((), Mode.PERMANENT),
            ((), Mode.RETRYABLE),
        ],
        ids=["ok", "retryable, then ok", "permanent, then ok", "permanent", "retryable"],
    )
    async def test_accepted_items_reach_the_sink_or_are_counted(self, subject, signal, modes, tmp_path):
        first, always = modes
        lossless = always is Mode.OK and Mode.PERMANENT not in first
        settings = make_settings("exporter", subject.point.name, clock=LoopClock())
        sink = Sink(*first, always=always)
        async with serve_sink(subject.metadata.tests.sink, sink) as endpoint:
            config = subject.config(subject.metadata.tests.sink_config, endpoint=endpoint, tmp_path=tmp_path)
            exporter = subject.create(signal, settings, config, RecordingConsumer())
            await start(exporter)
            try:
                accepted, refused = await offer(exporter, signal)
                if lossless:  # what is retried when the shutdown comes may be given up
                    await sink.received(BATCHES * SIZE)
            finally:
                await stop(exporter, clock=settings.clock, within=5.0 if always is Mode.OK else 0.5)
                await settings.tasks.cancel()
        lost = dropped(subject, settings.meter)
        # A refusal that the sender was told of may be counted as well.
        assert lost in (accepted - sink.items, accepted - sink.items + refused)
        if lossless:
            assert (sink.items, lost) == (BATCHES * SIZE, 0)


def test_exporters_over_a_network_name_their_sink():
    """Others keep what they take: in memory, in files."""
    assert {str(one) for one in EXPORTERS if "otlp" in one.point.name} == {str(one) for one in SERVED}
