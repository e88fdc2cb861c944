import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock_api import ConsumeError, Deadline, PartialError, PermanentError, RetryableError, Signal
from penstock_api.exporting import Exporting, QueueBatchConfig, QueueConfig, RetryConfig
from penstock_testkit import RecordingConsumer, logs, make_settings, running, settle, traces

OUTCOMES = ("sent", "send_failed", "enqueue_failed")


def counts(settings, items="spans"):
    return tuple(settings.meter.value(f"otelcol_exporter_{one}_{items}") for one in OUTCOMES)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, (4, 0, 0)),
        (RetryableError("later"), (0, 4, 0)),
        (PermanentError("never"), (0, 4, 0)),
        (PartialError("some", rejected=3), (1, 3, 0)),
        (PartialError("too many", rejected=9), (0, 4, 0)),
    ],
)
async def test_without_a_queue_the_sender_gets_the_real_outcome(answer, expected):
    settings = make_settings("exporter")
    exporter = Exporting(settings, Signal.LOGS, RecordingConsumer(answer))
    async with running(exporter):
        (outcome,) = await asyncio.gather(exporter.consume(logs(4)), return_exceptions=True)
    assert outcome is answer
    assert counts(settings, "log_records") == expected


async def test_a_slow_attempt_is_ended_and_may_be_tried_again():
    settings, backend = make_settings("exporter"), RecordingConsumer()
    exporter = Exporting(settings, Signal.TRACES, backend, timeout=2.0)
    backend.hold()
    call = asyncio.gather(exporter.consume(traces(1)), return_exceptions=True)
    await settings.clock.advance(2)
    (error,) = await call
    assert isinstance(error, RetryableError)
    assert (str(error), error.code) == ("not sent within 2s", 4)
    backend.release()
    await exporter.consume(traces(1))
    assert settings.clock.waiting == 0


async def test_an_attempt_whose_caller_gives_up_is_counted_as_failed():
    settings, backend = make_settings("exporter"), RecordingConsumer()
    exporter = Exporting(settings, Signal.TRACES, backend, timeout=2.0)
    backend.hold()
    call = asyncio.gather(exporter.consume(traces(3)))
    await settle()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert counts(settings) == (0, 3, 0)


async def test_retries_are_counted_once():
    settings = make_settings("exporter")
    backend = RecordingConsumer(RetryableError("down"), RetryableError("down"))
    exporter = Exporting(
        settings, Signal.TRACES, backend, timeout=1.0, retry=RetryConfig(), queue=QueueConfig()
    )
    async with running(exporter):
        await exporter.consume(traces(2))
        await settings.clock.advance(60)
    assert len(backend.offered) == 3
    assert counts(settings) == (2, 0, 0)


async def test_empty_batches_are_accepted_and_ignored():
    backend = RecordingConsumer()
    await Exporting(make_settings("exporter"), Signal.TRACES, backend).consume(traces(0))
    assert backend.offered == []


class Probe(RecordingConsumer):
    """Notes its life."""

    def __init__(self, *answers, always=None):
        super().__init__(*answers, always=always)
        self.life = []

    async def start(self):
        self.life.append("start")

    async def shutdown(self, deadline, /):
        self.life.append(f"shutdown after {self.items}")


async def test_the_exporter_proper_is_stopped_after_the_queue_has_drained():
    settings, probe = make_settings("exporter"), Probe()
    exporter = Exporting(settings, Signal.TRACES, probe, queue=QueueConfig(num_consumers=1))
    await exporter.start()
    for _ in range(5):
        await exporter.consume(traces(1))
    for _ in range(2):
        await exporter.shutdown(Deadline.after(settings.clock, 5))
    assert probe.life == ["start", "shutdown after 5"]


async def test_shutdown_tries_what_waits_for_a_retry_once_more():
    settings, backend = make_settings("exporter"), RecordingConsumer(RetryableError("down"))
    exporter = Exporting(settings, Signal.TRACES, backend, retry=RetryConfig(), queue=QueueConfig())
    async with running(exporter):
        await exporter.consume(traces(2))
        await backend.tried(1)
    assert counts(settings) == (2, 0, 0)


@pytest.mark.parametrize("queue", [None, QueueConfig()])
async def test_after_shutdown_everything_is_refused_and_counted(queue):
    settings = make_settings("exporter")
    exporter = Exporting(settings, Signal.TRACES, RecordingConsumer(), queue=queue)
    await exporter.shutdown(Deadline.after(settings.clock, 5))
    with pytest.raises(RetryableError, match=r"^exporter is shutting down$"):
        await exporter.consume(traces(2))
    assert counts(settings) == (0, 0, 2)


@pytest.mark.parametrize(
    ("queue", "retry", "message", "items", "hint"),
    [
        (QueueConfig(), RetryConfig(), "Exporting failed. Dropping data.", "dropped_items", None),
        (
            QueueConfig(),
            None,
            "Exporting failed. Dropping data.",
            "dropped_items",
            "enable `retry_on_failure` to try again after such errors",
        ),
        (
            None,
            RetryConfig(),
            "Exporting failed. Rejecting data.",
            "rejected_items",
            "enable `sending_queue` to bridge such errors",
        ),
        (None, None, "Exporting failed. Rejecting data.", "rejected_items", None),
    ],
)
async def test_what_is_lost_or_refused_is_logged(caplog, queue, retry, message, items, hint):
    exporter = Exporting(
        make_settings("exporter"),
        Signal.TRACES,
        RecordingConsumer(PermanentError("never")),
        retry=retry,
        queue=queue,
    )
    async with running(exporter):
        await asyncio.gather(exporter.consume(traces(2)), return_exceptions=True)
    (record,) = caplog.records
    assert (record.message, record.levelname, record.error) == (message, "ERROR", "never")
    assert (getattr(record, items), getattr(record, "hint", None)) == (2, hint)


async def test_partial_acceptance_is_logged(caplog):
    exporter = Exporting(
        make_settings("exporter"),
        Signal.TRACES,
        RecordingConsumer(PartialError("two are bad", rejected=2)),
        queue=QueueConfig(),
    )
    async with running(exporter):
        await exporter.consume(traces(5))
    (record,) = caplog.records
    assert record.message == "Exporting failed in part."
    assert (record.levelname, record.error, record.dropped_items) == ("WARNING", "two are bad", 2)


answers = st.sampled_from(
    [None, None, RetryableError("later"), PermanentError("never"), PartialError("some", rejected=2)]
)
queues = st.none() | st.builds(
    QueueConfig,
    num_consumers=st.integers(1, 3),
    queue_size=st.integers(5, 20),
    sizer=st.sampled_from(["requests", "items"]),
    block_on_overflow=st.booleans(),
    wait_for_result=st.booleans(),
    batch=st.just({"enabled": False})
    | st.builds(
        QueueBatchConfig,
        min_size=st.integers(0, 5),
        max_size=st.sampled_from([0, 5, 8]),
        sizer=st.sampled_from(["items", "bytes"]),
    ),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    queue=queues,
    retry=st.none() | st.just(RetryConfig(max_elapsed_time=30.0)),
    sizes=st.lists(st.integers(0, 12), max_size=12),
    script=st.lists(answers, max_size=20),
    pause=st.floats(0, 10),
    slow=st.booleans(),
)
async def test_the_ledger_balances_whatever_happens(queue, retry, sizes, script, pause, slow):
    settings, backend = make_settings("exporter"), RecordingConsumer(*script)
    exporter = Exporting(settings, Signal.TRACES, backend, timeout=1.0, retry=retry, queue=queue)
    if slow:
        backend.hold()
    await exporter.start()
    calls = asyncio.gather(*(exporter.consume(traces(size)) for size in sizes), return_exceptions=True)
    await settings.clock.advance(pause)
    stopping = asyncio.gather(exporter.shutdown(Deadline.after(settings.clock, 3)))
    await settings.clock.advance(50)
    await stopping
    assert all(answer is None or isinstance(answer, ConsumeError) for answer in await calls)
    sent, failed, refused = counts(settings)
    assert sent + failed + refused == sum(sizes)
    assert sent >= backend.items - failed
    if queue is not None:
        assert settings.meter.value("otelcol_exporter_queue_size") == 0
