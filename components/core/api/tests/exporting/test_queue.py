import asyncio

import pytest

from penstock_api import Deadline, PartialError, PermanentError, RetryableError, Signal
from penstock_api.exporting import Exporting, QueueConfig
from penstock_testkit import RecordingConsumer, make_settings, running, settle, traces

FULL = r"^sending queue is full$"


def exporting(push, *, settings=None, **queue):
    settings = settings or make_settings("exporter", "otlp/a")
    return Exporting(settings, Signal.TRACES, push, queue=QueueConfig(**queue)), settings.meter


async def test_the_sender_does_not_wait_for_the_backend():
    backend = RecordingConsumer()
    exporter, meter = exporting(backend)
    backend.hold()
    async with running(exporter):
        await exporter.consume(traces(3))
        await settle()
        assert meter.value("otelcol_exporter_queue_size", exporter="otlp/a", data_type="traces") == 1
        assert meter.value("otelcol_exporter_queue_capacity", exporter="otlp/a", data_type="traces") == 1000
        backend.release()
        await backend.received(3)
    assert meter.value("otelcol_exporter_queue_size") == 0
    assert meter.value("otelcol_exporter_sent_spans", exporter="otlp/a") == 3


@pytest.mark.parametrize(
    ("sizer", "size", "fits"), [("requests", 2, 2), ("items", 10, 2), ("bytes", 2 * traces(5).size, 2)]
)
async def test_a_full_queue_refuses_and_counts(sizer, size, fits):
    backend = RecordingConsumer()
    exporter, meter = exporting(backend, sizer=sizer, queue_size=size)
    backend.hold()
    async with running(exporter):
        for _ in range(fits):
            await exporter.consume(traces(5))
        await settle()  # both are being sent now, and still count
        with pytest.raises(RetryableError, match=FULL):
            await exporter.consume(traces(5))
        backend.release()
        await backend.received(5 * fits)
        await exporter.consume(traces(1))
    assert meter.value("otelcol_exporter_enqueue_failed_spans") == 5
    assert meter.value("otelcol_exporter_sent_spans") == 11


async def test_what_is_larger_than_the_queue_is_refused_for_good():
    exporter, _ = exporting(RecordingConsumer(), sizer="items", queue_size=2, block_on_overflow=True)
    async with running(exporter):
        with pytest.raises(PermanentError, match=r"^element size too large, the queue holds 2: 3$"):
            await exporter.consume(traces(3))


async def test_at_most_num_consumers_batches_are_sent_at_a_time():
    backend = RecordingConsumer()
    exporter, _ = exporting(backend, num_consumers=2)
    backend.hold()
    async with running(exporter):
        for _ in range(5):
            await exporter.consume(traces(1))
        await settle()
        assert len(backend.offered) == 2
        backend.release()
        await backend.received(5)


async def test_blocked_senders_get_room_in_their_order():
    backend, order = RecordingConsumer(), []
    exporter, _ = exporting(backend, sizer="items", queue_size=4, block_on_overflow=True)
    backend.hold()

    async def send(items):
        await exporter.consume(traces(items))
        order.append(items)

    async with running(exporter):
        sends = asyncio.gather(send(4), send(3), send(1))
        await settle()
        assert order == [4]
        backend.release()
        await sends
    assert order == [4, 3, 1]


async def test_a_blocked_sender_can_give_up():
    backend = RecordingConsumer()
    exporter, meter = exporting(backend, queue_size=1, block_on_overflow=True)
    backend.hold()
    async with running(exporter):
        await exporter.consume(traces(1))
        blocked = asyncio.gather(exporter.consume(traces(2)))
        await settle()
        blocked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await blocked
        backend.release()
        await exporter.consume(traces(4))
    assert backend.items == 5
    assert meter.value("otelcol_exporter_enqueue_failed_spans") == 2


async def test_shutdown_refuses_blocked_senders():
    backend = RecordingConsumer()
    exporter, meter = exporting(backend, queue_size=1, block_on_overflow=True)
    backend.hold()
    async with running(exporter):
        await exporter.consume(traces(1))
        blocked = asyncio.gather(exporter.consume(traces(2)), return_exceptions=True)
        await settle()
        asyncio.get_running_loop().call_soon(backend.release)
    (error,) = await blocked
    assert str(error) == "exporter is shutting down"
    assert isinstance(error, RetryableError)
    assert meter.value("otelcol_exporter_enqueue_failed_spans") == 2
    assert meter.value("otelcol_exporter_sent_spans") == 1


@pytest.mark.parametrize(
    "answer", [None, RetryableError("later"), PermanentError("never"), PartialError("some", rejected=1)]
)
async def test_wait_for_result_tells_the_outcome(answer):
    exporter, _ = exporting(RecordingConsumer(answer), wait_for_result=True)
    async with running(exporter):
        (outcome,) = await asyncio.gather(exporter.consume(traces(2)), return_exceptions=True)
    assert outcome is answer or (outcome.rejected, str(outcome)) == (1, "some")


async def test_giving_up_waiting_for_the_result_does_not_stop_the_sending():
    backend = RecordingConsumer()
    exporter, meter = exporting(backend, wait_for_result=True)
    backend.hold()
    async with running(exporter):
        call = asyncio.gather(exporter.consume(traces(2)))
        await settle()
        call.cancel()
        await settle()
        backend.release()
        await backend.received(2)
    assert meter.value("otelcol_exporter_sent_spans") == 2


async def test_shutdown_sends_what_is_queued():
    backend = RecordingConsumer()
    exporter, meter = exporting(backend, num_consumers=1)
    async with running(exporter):
        for _ in range(20):
            await exporter.consume(traces(1))
    assert backend.items == 20
    assert meter.value("otelcol_exporter_queue_size") == 0


async def test_what_is_left_at_the_deadline_is_counted_and_logged(caplog):
    backend, settings = RecordingConsumer(), make_settings("exporter")
    exporter, meter = exporting(backend, settings=settings, num_consumers=1)
    backend.hold()
    await exporter.start()
    await exporter.consume(traces(2))
    await exporter.consume(traces(3))
    await settle()
    stopping = asyncio.gather(exporter.shutdown(Deadline.after(settings.clock, 5)))
    await settings.clock.advance(5)
    await stopping
    assert meter.value("otelcol_exporter_send_failed_spans") == 5
    assert meter.value("otelcol_exporter_queue_size") == 0
    assert [(one.message, one.error, one.dropped_items) for one in caplog.records] == [
        ("Exporting failed. Dropping data.", "exporter stopped while it was sent", 2),
        ("Exporting failed. Dropping data.", "exporter stopped before it was sent", 3),
    ]


async def test_a_shutdown_that_is_cancelled_loses_nothing_silently():
    backend, settings = RecordingConsumer(), make_settings("exporter")
    exporter, meter = exporting(backend, settings=settings, num_consumers=1)
    backend.hold()
    await exporter.start()
    for items in (2, 3):
        await exporter.consume(traces(items))
    await settle()
    stopping = asyncio.gather(exporter.shutdown(Deadline.after(settings.clock, 5)))
    await settle()
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    await settings.tasks.cancel()
    assert meter.value("otelcol_exporter_send_failed_spans") == 5
    assert meter.value("otelcol_exporter_queue_size") == 0


async def test_shutdown_before_start_counts_what_was_accepted():
    exporter, meter = exporting(RecordingConsumer())
    await exporter.consume(traces(2))
    await exporter.shutdown(Deadline.after(make_settings("exporter").clock, 5))
    assert meter.value("otelcol_exporter_send_failed_spans") == 2


async def test_a_broken_exporter_is_counted_and_reported_and_holds_no_room():
    class Broken:
        async def consume(self, batch, /):
            raise ZeroDivisionError("bug")

    settings = make_settings("exporter")
    exporter, meter = exporting(Broken(), settings=settings, num_consumers=1)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(2))
        await settle()
        assert meter.value("otelcol_exporter_queue_size") == 0
    assert meter.value("otelcol_exporter_send_failed_spans") == 2
    assert [type(error) for error in settings.tasks.failures] == [ZeroDivisionError]
    settings.tasks.failures.clear()
