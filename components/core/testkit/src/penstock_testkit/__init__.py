"""What tests of Penstock components need: time moved by hand, recording settings and consumers, telemetry."""

from penstock_testkit.build import logs, make, metrics, names_of, traces
from penstock_testkit.capabilities import FakeCapabilities
from penstock_testkit.clock import FakeClock, settle
from penstock_testkit.consumer import RecordingConsumer
from penstock_testkit.extension import FakeControl, RunningBundle, handle_of
from penstock_testkit.host import FakeHost
from penstock_testkit.life import running, start, stop
from penstock_testkit.outputs import RecordingOutputs
from penstock_testkit.settings import RecordingReport, make_extension_settings, make_settings
from penstock_testkit.tasks import RecordingTasks
from penstock_testkit.telemetry import RecordingMeter

__all__ = (
    "FakeCapabilities",
    "FakeClock",
    "FakeControl",
    "FakeHost",
    "RecordingConsumer",
    "RecordingMeter",
    "RecordingOutputs",
    "RecordingReport",
    "RecordingTasks",
    "RunningBundle",
    "handle_of",
    "logs",
    "make",
    "make_extension_settings",
    "make_settings",
    "metrics",
    "names_of",
    "running",
    "settle",
    "start",
    "stop",
    "traces",
)
