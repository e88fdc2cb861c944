"""`dist.debug`: a distribution that can be looked into while it runs."""

import os
import signal
import subprocess
import sys
import zipfile

import pytest

from penstock_builder.load import load
from penstock_builder.reading import Reading

COLLECTOR = """
import asyncio, ctypes, sys, warnings

def main(info, components, *, commands, manifest):
    if sys.argv[1:2] == ["validate"]:
        return 0
    warnings.warn("old", DeprecationWarning)
    loop = asyncio.new_event_loop()
    print("asyncio debugs:", loop.get_debug(), flush=True)
    loop.close()
    if sys.stdin.readline() == "crash\\n":
        ctypes.string_at(0)
    return 0
"""


@pytest.fixture
def started(demo, small, make, tmp_path):
    """Builds with `debug` as given, and starts the command; gives it and its first line."""
    (demo.root / "components/core/collector/src/penstock_collector/cli.py").write_text(COLLECTOR)
    processes = []

    def start(debug: str) -> tuple[subprocess.Popen, str]:
        demo.manifest(small.replace("output_path: out", f"output_path: out\n  debug: {debug}"))
        (wheel,) = make()
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tmp_path / debug)
        process = subprocess.Popen(
            [sys.executable, "-m", "demo"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path / debug), "PYTHONWARNINGS": ""},
        )
        processes.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_a_crash_tells_where_it_was(started) -> None:
    process, line = started("true")
    _, said = process.communicate("crash\n", timeout=60)
    assert line == "asyncio debugs: True"
    assert "DeprecationWarning: old" in said
    assert "Fatal Python error: Segmentation fault" in said
    assert "penstock_collector/cli.py" in said
    assert process.returncode == -signal.SIGSEGV


def test_a_signal_tells_where_every_thread_is(started) -> None:
    process, _ = started("true")
    process.send_signal(signal.SIGUSR1)
    _, said = process.communicate("\n", timeout=60)
    assert "Current thread 0x" in said
    assert "penstock_collector/cli.py" in said
    assert process.returncode == 0


def test_otherwise_nothing_of_it_is_there(demo, started) -> None:
    process, line = started("false")
    _, said = process.communicate("crash\n", timeout=60)
    assert (line, said) == ("asyncio debugs: False", "")
    assert not (demo.root / "out/src/demo/debugging.py").exists()
    assert "debug: true" not in demo.read("manifest.resolved.yaml")


def test_the_resolved_manifest_says_so(demo, penstock, small) -> None:
    demo.manifest(small.replace("output_path: out", "output_path: out\n  debug: true"))
    assert penstock("generate").code == 0
    assert "  debug: true\n" in demo.read("manifest.resolved.yaml")


def test_the_other_builders_key_means_the_same(demo, small) -> None:
    file = demo.manifest(small.replace("output_path: out", "output_path: out\n  debug_compilation: true"))
    assert load(file, Reading(compat=True)).manifest.dist.debug


def test_it_is_true_or_false(demo, penstock, small) -> None:
    demo.manifest(small.replace("output_path: out", "output_path: out\n  debug: yes please"))
    done = penstock("plan")
    assert done.code == 2
    assert "builder-manifest.yaml:6:10: dist.debug: must be true or false: 'yes please'" in done.err
