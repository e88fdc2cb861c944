import io
import logging

import pytest

from penstock_api import MalformedError, PartialError, RetryableError, Signal, StartError, Traces
from penstock_exporter_debug import DebugConfig, factory
from penstock_testkit import make, make_settings, running, traces


def create(signal=Signal.TRACES, **config):
    settings = make_settings("exporter", "debug")
    return getattr(factory, f"create_{signal}")(settings, DebugConfig(**config)), settings


def to(*paths: str, **config):
    return create(use_internal_logger=False, output_paths=paths, **config)


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO)
    return caplog


@pytest.mark.parametrize(
    ("signal", "title", "field"),
    [
        (Signal.TRACES, "Traces", "spans"),
        (Signal.METRICS, "Metrics", "metric points"),
        (Signal.LOGS, "Logs", "log records"),
    ],
)
async def test_basic_logs_one_record_with_the_number_of_items(log, signal, title, field):
    exporter, settings = create(signal)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(make(signal, 3))
    (record,) = log.records
    assert record.message == title
    assert getattr(record, field) == 3


async def test_basic_decodes_nothing(log):
    exporter, settings = create()
    broken_inside = Traces.from_wire(bytes.fromhex("0a0412021200" + "0a061204120200ff"))
    async with running(exporter, clock=settings.clock):
        await exporter.consume(broken_inside)
    assert log.records[0].spans == 2


@pytest.mark.parametrize("verbosity", ["normal", "detailed"])
async def test_an_item_that_is_broken_inside_is_refused(verbosity):
    exporter, settings = create(verbosity=verbosity)
    async with running(exporter, clock=settings.clock):
        with pytest.raises(MalformedError, match="not a valid OTLP traces request"):
            await exporter.consume(Traces.from_wire(bytes.fromhex("0a061204120200ff")))


async def test_a_broken_item_does_not_hide_those_it_was_joined_with(log):
    exporter, settings = create(verbosity="detailed")
    batch = Traces.join([traces(2), Traces.from_wire(bytes.fromhex("0a061204120200ff"))])
    async with running(exporter, clock=settings.clock):
        with pytest.raises(PartialError, match="not a valid OTLP traces request") as caught:
            await exporter.consume(batch)
    assert (caught.value.rejected, log.records[0].spans) == (1, 2)


@pytest.mark.parametrize("verbosity", ["normal", "detailed"])
async def test_normal_and_detailed_log_the_heading_then_the_text(log, verbosity):
    exporter, settings = create(verbosity=verbosity)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
    heading, text = log.records
    assert (heading.message, heading.spans) == ("Traces", 1)
    assert "span-0" in text.message


async def test_text_goes_to_files_and_streams(tmp_path, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr("sys.stderr", shown)
    file = tmp_path / "out.txt"
    exporter, settings = to("stderr", str(file))
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(2))
        assert file.read_text() == "Traces spans=2\n"
    assert shown.getvalue() == "Traces spans=2\n"


async def test_files_are_appended_to(tmp_path):
    file = tmp_path / "out.txt"
    for _ in range(2):
        exporter, settings = to(str(file), verbosity="normal")
        async with running(exporter, clock=settings.clock):
            await exporter.consume(traces(1))
    assert file.read_text().count("Traces spans=1") == 2


async def test_a_file_that_cannot_be_opened_stops_the_start(tmp_path):
    exporter, settings = to(str(tmp_path / "absent" / "out.txt"))
    with pytest.raises(StartError, match=r"cannot open .*/absent/out.txt: No such file or directory"):
        async with running(exporter, clock=settings.clock):
            pass


async def test_a_file_that_cannot_be_written_to_refuses_the_batch():
    exporter, settings = to("/dev/full")
    async with running(exporter, clock=settings.clock):
        with pytest.raises(RetryableError, match=r"cannot write to /dev/full: .*No space left on device"):
            await exporter.consume(traces(1))


async def shown(log, *, initial: int, thereafter: int, batches: int) -> list[int]:
    """The numbers, from 1, of the batches that were shown."""
    exporter, settings = create(sampling_initial=initial, sampling_thereafter=thereafter)
    async with running(exporter, clock=settings.clock):
        for number in range(1, batches + 1):
            await exporter.consume(traces(number))
    return [record.spans for record in log.records]


async def test_after_the_initial_ones_one_of_several_is_shown(log):
    assert await shown(log, initial=2, thereafter=3, batches=10) == [1, 2, 5, 8]


async def test_by_default_every_batch_is_shown(log):
    assert await shown(log, initial=2, thereafter=1, batches=5) == [1, 2, 3, 4, 5]


async def test_thereafter_zero_shows_only_the_initial_ones(log):
    assert await shown(log, initial=3, thereafter=0, batches=9) == [1, 2, 3]


async def test_sampling_begins_anew_every_second(log):
    exporter, settings = create(sampling_initial=1, sampling_thereafter=0)
    async with running(exporter, clock=settings.clock):
        for number in (1, 2):
            await exporter.consume(traces(number))
        await settings.clock.advance(1.0)
        await exporter.consume(traces(3))
    assert [record.spans for record in log.records] == [1, 3]
