"""The builder as a library, as docs/builder/library.md shows it."""

import re
from pathlib import Path

import pytest

from penstock_builder import build
from penstock_builder.errors import BuilderError, LockError
from penstock_builder.events import StepDone

ROOT = Path(__file__).parents[2]


def test_one_call_locks_renders_and_builds(demo) -> None:
    heard: list = []
    built = build(demo.root / "builder-manifest.yaml", on_event=heard.append)
    (wheel,) = built.artifacts
    assert (wheel.kind, wheel.path) == ("wheel", demo.root / "dist/demo-1.2.3-py3-none-any.whl")
    done = [one.step for one in heard if isinstance(one, StepDone)]
    assert done == ["read", "lock", "render", "install the components", "wheel", "try", "build"]


def test_it_builds_elsewhere_and_other_outputs(demo) -> None:
    built = build("builder-manifest.yaml", folder="out-of-tree", outputs=["sdist"])
    assert [(one.kind, one.path.parent.name) for one in built.artifacts] == [("sdist", "out-of-tree")]


def test_locked_refuses_to_lock(demo) -> None:
    with pytest.raises(LockError, match="is missing"):
        build("builder-manifest.yaml", locked=True)


def test_every_failure_has_one_root(world) -> None:
    with pytest.raises(BuilderError):
        build("nothing.yaml")


def test_the_example_of_the_page_runs(demo, capsys) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/builder/library.md").read_text(), re.DOTALL)
    exec(example, {})
    out = capsys.readouterr().out
    assert re.search(r"^\s+[\d.]+ s  wheel$", out, re.MULTILINE)
    assert "dist/demo-1.2.3-py3-none-any.whl" in out
