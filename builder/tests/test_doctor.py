"""`penstock doctor`: one line for each thing that a build needs."""

import json
from pathlib import Path

import pytest

from penstock_builder import health, uv
from penstock_builder.errors import ToolError


def states(penstock, *words) -> dict[str, tuple[str, str]]:
    found = json.loads(penstock("doctor", "--json", *words).out)
    return {one["name"]: (one["state"], one["detail"]) for one in found}


def test_one_line_each_and_all_is_well(world, penstock) -> None:
    done = penstock("doctor", "--offline")
    assert done.code == 0
    names = ["penstock", "python", "uv", "hatchling", "templates", "uv cache", "cache", "index"]
    assert [line[9:20].strip() for line in done.out.splitlines()] == names
    assert states(penstock, "--offline")["index"] == ("warning", "not tried")


def test_without_uv_it_exits_3(world, penstock, monkeypatch) -> None:
    def missing() -> Path:
        raise ToolError("uv is not installed", "run: install it")

    monkeypatch.setattr(uv, "find", missing)
    done = penstock("doctor")
    assert done.code == 3
    assert "missing  uv         uv is not installed (run: install it)\n" in done.out
    assert "uv cache" not in done.out


@pytest.mark.parametrize("found", ["1.0", None])
def test_another_hatchling_is_missing(world, penstock, monkeypatch, found) -> None:
    def version(_name: str) -> str:
        if found is None:
            raise health.PackageNotFoundError
        return found

    monkeypatch.setattr(health, "version", version)
    state, detail = states(penstock, "--offline")["hatchling"]
    assert (state, detail.rpartition(": ")[2]) == ("missing", found or "not installed")


def test_an_index_that_cannot_be_reached_is_a_warning(world, penstock) -> None:
    state, detail = states(penstock)["index"]  # these tests have no network
    assert (state, detail.partition(": ")[0]) == ("warning", "cannot be reached")


def test_an_index_that_answers_is_well(world, penstock, monkeypatch) -> None:
    run = uv.run
    monkeypatch.setattr(uv, "run", lambda words, **more: "" if "compile" in words else run(words, **more))
    assert states(penstock)["index"] == ("ok", "reached")


def test_a_cache_that_cannot_be_written_is_a_warning(world, penstock, monkeypatch) -> None:
    (world.root / "file").write_text("")
    monkeypatch.setenv("PENSTOCK_CACHE_DIR", str(world.root / "file"))
    assert states(penstock, "--offline")["cache"][0] == "warning"
