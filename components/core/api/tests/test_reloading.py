"""Values made of files: read before anything starts, followed when the files change, kept when they break."""

import asyncio
import dataclasses

import pytest

from penstock_api import StartError, Status
from penstock_api.capability import watch_channel
from penstock_api.reloading import FileReloader, read_text
from penstock_testkit import FakeClock, FakeControl, make_settings


class Reported:
    """A report that can be waited for."""

    def __init__(self):
        self.events = asyncio.Queue()

    def __call__(self, status, error=""):
        self.events.put_nowait((status, error))


def made(path):
    """A reloader of `path`, what it publishes to, how to tell it, what it reports, and its clock."""
    clock, report = FakeClock(), Reported()
    settings = dataclasses.replace(make_settings(clock=clock), report=report)
    publisher, watch = watch_channel("")
    reloader = FileReloader(settings, [str(path)], lambda: read_text(str(path)), publisher, interval=5.0)
    return reloader, watch, FakeControl(clock), report, clock, settings


async def test_it_is_ready_once_it_has_read_and_follows_changes(tmp_path):
    path = tmp_path / "value"
    path.write_text("first")
    reloader, watch, control, report, clock, settings = made(path)
    task = settings.tasks.spawn(reloader.run(control), name="run")
    await control.is_ready.wait()
    assert watch.current == "first"
    path.write_text("another")
    await clock.advance(5.0)
    assert await report.events.get() == (Status.OK, "")
    assert watch.current == "another"
    control.stop(None)
    await task


async def test_a_file_that_breaks_is_told_and_read_again_when_it_is_mended(tmp_path):
    path = tmp_path / "value"
    path.write_text("first")
    reloader, watch, control, report, clock, settings = made(path)
    task = settings.tasks.spawn(reloader.run(control), name="run")
    await control.is_ready.wait()
    path.unlink()
    await clock.advance(5.0)
    told = (Status.RECOVERABLE_ERROR, f"cannot read the file: No such file or directory: {path}")
    assert (await report.events.get(), watch.current) == (told, "first")
    path.write_text("mended")
    await clock.advance(5.0)
    assert (await report.events.get(), watch.current) == ((Status.OK, ""), "mended")
    control.stop(None)
    await task


async def test_another_config_is_refused_and_the_extension_replaced(tmp_path):
    path = tmp_path / "value"
    path.write_text("first")
    reloader, _, control, _, _, settings = made(path)
    task = settings.tasks.spawn(reloader.run(control), name="run")
    await control.is_ready.wait()
    control.reconfigure(None)
    control.stop(None)
    control._messages.reverse()
    await task
    assert control.refused == "it is read when the extension is made"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot read the file: No such file or directory: .*value"),
        (b"\xff", "cannot read the file: not UTF-8: .*value"),
        (b" \n", "the file is empty: .*value"),
    ],
)
async def test_the_first_reading_must_succeed(tmp_path, content, why):
    path = tmp_path / "value"
    if content is not None:
        path.write_bytes(content)
    reloader, _, control, _, _, _ = made(path)
    with pytest.raises(StartError, match=why):
        await reloader.run(control)
    assert not control.is_ready.is_set()
