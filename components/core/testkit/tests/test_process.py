import signal
import sys

import pytest

from penstock_testkit.process import CollectorProcess

SCRIPT = """
import json, signal, sys
def log(message, **fields):
    print(json.dumps({"msg": message, **fields}), file=sys.stderr, flush=True)
def stop(*_):
    log("Shutdown complete.")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
log("Starting", port=1)
print("a line of output", flush=True)
print("no json", file=sys.stderr, flush=True)
log("Everything is ready. Begin running and processing data.")
signal.pause()
"""


def test_a_process_is_watched_and_stopped():
    with CollectorProcess([sys.executable, "-c", SCRIPT]) as process:
        process.ready()
        assert process.logged("Starting", port=1) == {"msg": "Starting", "port": 1}
        assert process.printed("line of") == "a line of output"
        assert process.pid > 0
        assert process.stop() == 0
    assert [one["msg"] for one in process.records][1:] == [
        "no json",
        "Everything is ready. Begin running and processing data.",
        "Shutdown complete.",
    ]


def test_what_a_process_never_says_fails_with_its_log():
    with (
        CollectorProcess([sys.executable, "-c", "print('bye')"]) as process,
        pytest.raises(AssertionError, match=r"no log record 'Ready' with \{\}; the log:"),
    ):
        process.logged("Ready")


def test_leaving_kills_what_still_runs():
    with CollectorProcess([sys.executable, "-c", SCRIPT]) as process:
        process.ready()
    assert process.wait() == -signal.SIGKILL
