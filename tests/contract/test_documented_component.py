"""The component of `docs/components.md` is complete: it is written out, checked, generated for and run."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from penstock_api import ConfigError, decode
from penstock_testkit.generate import main
from penstock_testkit.metadata import load_metadata
from penstock_testkit.projects import find_root

ROOT = find_root(Path(__file__))
BLOCK = re.compile(r"^`([^`\n]+)`\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The files of the page, as a component project below `tmp_path`."""
    folder = tmp_path / "components/processor/thin"
    (tmp_path / "components/core").mkdir(parents=True)
    for name, text in BLOCK.findall((ROOT / "docs/components.md").read_text()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(folder / "src")
    return folder


async def test_its_tests_pass(project):
    names = {}
    exec((project / "tests/test_thin.py").read_text(), names)
    tests = [one for name, one in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        assert inspect.iscoroutinefunction(test)
        await test()


def test_it_is_typed(project):
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir"]
    source = project / "src/penstock_processor_thin/__init__.py"
    done = subprocess.run(
        [*command, str(ROOT / ".mypy_cache"), str(source)], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "Success: no issues found in 1 source file\n")


def test_its_tables_and_schema_are_generated(project):
    assert main(["--root", str(project.parents[2])]) == 0
    assert (
        "| `keep_one_in` | integer | `10` | Of so many batches one is kept. |"
        in (project / "README.md").read_text()
    )
    assert (project / "src/penstock_processor_thin/config.schema.json").exists()


def test_its_config_and_metadata_are_strict(project):
    from penstock_processor_thin import ThinConfig

    assert decode(ThinConfig, load_metadata(project / "metadata.yaml").config) == ThinConfig()
    with pytest.raises(ConfigError, match=r"did you mean `keep_one_in`\?"):
        decode(ThinConfig, {"keep_on_in": 3})
    with pytest.raises(ConfigError, match="greater than or equal to 1: 0"):
        decode(ThinConfig, {"keep_one_in": 0})
