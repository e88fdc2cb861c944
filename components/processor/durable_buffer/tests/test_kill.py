"""A process that is killed has lost nothing that it accepted."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from penstock_api import Deadline
from penstock_processor_durable_buffer import DurableBufferConfig, factory
from penstock_testkit import RecordingConsumer, make_settings, names_of

SCRIPT = Path(__file__).with_name("killed.py")


def accept_and_die(folder: Path, least: int) -> set[str]:
    """Kill a process in the midst of its work; the names of what it had accepted."""
    command = [sys.executable, str(SCRIPT), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        accepted = [process.stdout.readline() for _ in range(least)]
        process.send_signal(signal.SIGKILL)
        accepted += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return {f"log-{line.strip()}" for line in accepted if line.endswith("\n")}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
async def test_what_was_accepted_before_a_kill_is_handed_on_after_it(tmp_path):
    accepted = accept_and_die(tmp_path, 150)

    settings, onward = make_settings("processor", "durable_buffer"), RecordingConsumer()
    buffer = factory.create_logs(settings, DurableBufferConfig(path=str(tmp_path)), onward)
    await buffer.start()
    # What was on the disk and not yet reported as accepted comes as well.
    await onward.received(
        int(settings.meter.value("otelcol_processor_durable_buffer_stored_items")), within=20
    )
    await buffer.shutdown(Deadline.after(settings.clock, 5))

    names = [name for batch in onward.batches for name in names_of(batch)]
    assert len(names) == len(set(names))
    assert accepted <= set(names)
    assert settings.meter.value("otelcol_processor_durable_buffer_dropped_items") == 0
