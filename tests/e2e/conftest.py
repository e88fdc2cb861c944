"""The distribution under test: the committed one, built and installed into an environment of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def pytest_collection_modifyitems(items):
    """Everything here starts real processes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """`pencol`, built from what is committed."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([BIN / "penstock", "build", "--wheel-dir", folder], cwd=ROOT, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def pencol(wheel, tmp_path_factory) -> str:
    """The installed command."""
    home = tmp_path_factory.mktemp("pencol")
    uv = str(BIN / "uv")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, home], check=True)
    subprocess.run([uv, "pip", "install", "-q", "--python", home / "bin/python", wheel], check=True)
    return str(home / "bin/pencol")
