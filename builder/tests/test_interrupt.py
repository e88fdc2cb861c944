"""Ctrl-C: a real process, interrupted while uv waits for an index that never answers."""

import os
import signal
import socket
import subprocess
import sys

import pytest


@pytest.fixture
def silent(monkeypatch):
    """An index that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        monkeypatch.delenv("UV_OFFLINE")
        monkeypatch.delenv("UV_FIND_LINKS")
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.getsockname()[1]}/simple/")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server


def interrupted(words, index) -> tuple[int, str]:
    """Start the command, press Ctrl-C when it waits for the index, and tell how it ended."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background is born deaf to it
    with subprocess.Popen(
        [sys.executable, "-m", "penstock_builder", *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "CI": "true"},
        start_new_session=True,  # a group of its own, as a terminal makes one
    ) as process:
        try:
            connection, _ = index.accept()
            with connection:
                os.killpg(process.pid, signal.SIGINT)
                _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    return process.returncode, said


def test_b_84_ctrl_c_while_locking_is_130_and_leaves_nothing(demo, silent) -> None:
    code, said = interrupted(["lock"], silent)
    assert (code, said.splitlines()[-1]) == (130, "interrupted")
    assert "Traceback" not in said
    assert not (demo.root / "out/requirements.lock").exists()


def test_b_84_ctrl_c_while_building_is_130_and_keeps_what_was_built(
    demo, penstock, small, request, monkeypatch
) -> None:
    demo.manifest(small.replace("output_path: out", "output_path: out\n  embed: all"))
    assert penstock("generate").code == 0
    assert penstock("build").code == 0
    (wheel,) = (demo.root / "dist").iterdir()
    before = wheel.read_bytes()
    monkeypatch.setenv("UV_CACHE_DIR", str(demo.root.parent / "another"))
    code, said = interrupted(["build", "--rebuild"], request.getfixturevalue("silent"))
    assert (code, said.splitlines()[-1]) == (130, "interrupted")
    assert "Traceback" not in said
    assert (*(demo.root / "dist").iterdir(),) == (wheel,)
    assert wheel.read_bytes() == before
