"""Disks that fill up and processes that are killed."""

import asyncio
import contextlib
import resource
import subprocess
import sys

import pytest

from penstock_api import RetryableError, Traces
from penstock_exporter_file import FileConfig, factory
from penstock_testkit import make_settings, names_of, running, traces

from .reading import frames, lines, names


def create(path, **config):
    settings = make_settings("exporter", "file")
    return factory.create_traces(settings, FileConfig(path=str(path), **config)), settings


@contextlib.contextmanager
def full_at(size: int):
    """No file may grow beyond `size` bytes: a write fills it up to there, the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("items", [5, 2000])
@pytest.mark.parametrize("file_format", ["json", "proto"])
async def test_a_record_that_does_not_fit_on_the_disk_is_taken_back(tmp_path, items, file_format):
    path = tmp_path / "out"
    exporter, settings = create(path, format=file_format)
    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(2))
        size = path.stat().st_size
        with (
            full_at(size + 100),
            pytest.raises(RetryableError, match=r"cannot write to .*/out: File too large"),
        ):
            await exporter.consume(traces(items, first=2))
        assert path.stat().st_size == size
        await exporter.consume(traces(items, first=2))
    written = lines(path) if file_format == "json" else [Traces.from_wire(one) for one in frames(path)]
    assert names(written) == [f"span-{number}" for number in range(items + 2)]


async def test_when_nothing_can_be_taken_back_the_file_is_left_and_a_new_one_begun(
    tmp_path, monkeypatch, caplog
):
    path = tmp_path / "out.json"
    exporter, settings = create(path)

    def fail(*_):
        raise OSError(5, "Input/output error")

    async with running(exporter, clock=settings.clock):
        await exporter.consume(traces(1))
        with monkeypatch.context() as patched, full_at(path.stat().st_size + 10):
            patched.setattr("os.ftruncate", fail)
            with pytest.raises(RetryableError):
                await exporter.consume(traces(1, first=1))
        await exporter.consume(traces(1, first=1))
    (aside,) = tmp_path.glob("out-*.json")
    first, torn = aside.read_bytes().split(b"\n")
    assert (names_of(Traces.from_json(first)), len(torn)) == (["span-0"], 10)
    assert names(lines(path)) == ["span-1"]
    assert "Cannot take back part of a record" in caplog.messages


async def test_a_pipe_that_breaks_refuses_the_batch(tmp_path):
    exporter, settings = create("/dev/full")
    async with running(exporter, clock=settings.clock):
        with pytest.raises(RetryableError, match="cannot write to /dev/full: No space left on device"):
            await exporter.consume(traces(1))


async def test_a_cancelled_sender_leaves_a_whole_file(tmp_path):
    path = tmp_path / "out.json"
    exporter, settings = create(path)
    async with running(exporter, clock=settings.clock):
        gone = asyncio.get_running_loop().create_task(exporter.consume(traces(3000)))
        await asyncio.sleep(0)
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone
        await exporter.consume(traces(1, first=3000))
    assert names(lines(path))[-1] == "span-3000"


def whole_frames(data: bytes):
    """All but a last one that the kill left torn."""
    while len(data) >= 4 and len(data) >= 4 + (size := int.from_bytes(data[:4], "big")):
        yield data[4 : 4 + size]
        data = data[4 + size :]


WRITER = """
import asyncio, sys
from penstock_exporter_file import FileConfig, factory
from penstock_testkit import make_settings, start, traces

async def main():
    exporter = factory.create_traces(
        make_settings("exporter", "file"), FileConfig(path=sys.argv[1], format=sys.argv[2])
    )
    await start(exporter)
    number = 0
    while True:
        await exporter.consume(traces(7, first=number))
        number += 7
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("file_format", ["json", "proto"])
def test_a_killed_process_loses_nothing_that_was_accepted(tmp_path, file_format):
    path = tmp_path / "out"
    command = [sys.executable, "-c", WRITER, str(path), file_format]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        accepted = 0
        for line in process.stdout:
            accepted = int(line)
            if accepted >= 700:
                process.kill()
                break
        accepted = max([accepted, *(int(line) for line in process.stdout if line.endswith("\n"))])
    if file_format == "json":
        whole = [Traces.from_json(line) for line in path.read_bytes().split(b"\n")[:-1]]
    else:
        whole = [Traces.from_wire(frame) for frame in whole_frames(path.read_bytes())]
    assert accepted >= 700
    assert names(whole)[:accepted] == [f"span-{number}" for number in range(accepted)]
