"""Fetching: from an index that is slow, broken, secret or lying, and from a cache that somebody touched."""

from pathlib import Path

import pytest

from penstock_builder import childlog, uv
from penstock_builder.lock import Pin
from penstock_builder.outputs import download as module
from penstock_builder.outputs.download import applicable, download
from penstock_builder.outputs.target import HOST, targets

SECRET = "s3cr3t-w0rd"


@pytest.fixture
def pebble(demo) -> Pin:
    return Pin(name="pebble", version="1.1", hashes=(f"sha256:{demo.digest('pebble', '1.1')}",))


WHEEL = "pebble-1.1-py3-none-any.whl"


@pytest.mark.parametrize("script", [[503, 503], [429], ["cut"]], ids=["503", "429", "interrupted"])
def test_b_71_archives_are_fetched_again_after_a_passing_failure(index, pebble, tmp_path, script) -> None:
    index.script = list(script)
    (file,) = download([pebble], tmp_path / "to", target=HOST)
    assert (file.name, index.script) == (WHEEL, [])


def test_b_71_what_is_not_there_is_not_asked_for_again(index, demo, pebble, tmp_path) -> None:
    from penstock_builder.errors import BuildError

    index.script = [404, 404, 404, 404]
    with pytest.raises(BuildError, match="the archives cannot be fetched"):
        download([pebble], tmp_path / "to", target=HOST)
    assert index.asked[WHEEL] == 1


def test_b_71_attempts_are_bounded(index, pebble, tmp_path, monkeypatch) -> None:
    from penstock_builder.errors import BuildError

    monkeypatch.setattr(module, "_RETRIES", "2")
    index.script = [503] * 50
    with pytest.raises(BuildError, match="the archives cannot be fetched"):
        download([pebble], tmp_path / "to", target=HOST)
    assert index.asked[WHEEL] <= 3


@pytest.mark.parametrize("script", [[503], ["cut"]], ids=["503", "interrupted"])
def test_b_71_uv_fetches_again_too(index, demo, small, make, script) -> None:
    demo.manifest(small.replace("  output_path: out", "  output_path: out\n  embed: all"))
    index.script = list(script)
    assert make()
    assert index.script == []


def test_b_37_an_archive_that_is_not_what_the_lock_says_is_refused(index, pebble, tmp_path, request) -> None:
    from penstock_builder.errors import BuildError

    index.script = ["lie"]
    with pytest.raises(BuildError, match="the archives cannot be fetched"):
        download([pebble], tmp_path / "to", target=HOST)
    assert not list(childlog.cache_folder().rglob("*.whl"))


def test_b_73_a_poisoned_entry_of_the_cache_is_discarded_and_fetched_anew(index, pebble, tmp_path) -> None:
    download([pebble], tmp_path / "first", target=HOST)
    (entry,) = childlog.cache_folder().rglob("*.whl")
    good = entry.read_bytes()
    entry.write_bytes(b"poison")
    (file,) = download([pebble], tmp_path / "second", target=HOST)
    assert (file.read_bytes(), entry.read_bytes(), index.asked[WHEEL]) == (good, good, 2)


def test_what_was_fetched_once_needs_no_network(index, pebble, tmp_path) -> None:
    download([pebble], tmp_path / "first", target=HOST)
    index.close()
    (file,) = download([pebble], tmp_path / "second", target=HOST, offline=True)
    assert (file.name, index.asked[WHEEL]) == (WHEEL, 1)


def test_offline_what_is_missing_is_an_error_with_a_hint(index, pebble, tmp_path) -> None:
    from penstock_builder.errors import BuildError

    with pytest.raises(BuildError, match="hint: without `--offline` missing packages are fetched"):
        download([pebble], tmp_path / "to", target=HOST, offline=True)
    assert not index.asked


def test_without_pip_there_is_one_line(pebble, tmp_path, world, monkeypatch) -> None:
    from penstock_builder.errors import ToolError

    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match="pip is not installed, and archives are fetched with it"):
        download([pebble], tmp_path / "to", target=HOST)


def test_conditions_are_those_of_the_target() -> None:
    pins = [
        Pin(name=name, version="1", marker=f"sys_platform == '{name}'")
        for name in ("linux", "darwin", "win32")
    ]
    pins.append(Pin(name="arm", version="1", marker="platform_machine == 'aarch64'"))
    names = ("linux-aarch64", "macos-arm64", "windows-x86_64")
    assert [[pin.name for pin in applicable(pins, one)] for one in targets(names)] == [
        ["linux", "arm"],
        ["darwin"],
        ["win32"],
    ]


# --- B-70 ----------------------------------------------------------------------------------------------------


def test_b_70_a_failing_build_shows_the_last_lines_once_and_where_all_are(
    demo, penstock, monkeypatch
) -> None:
    assert penstock("generate").code == 0
    lines = [f"line {number} of the log" for number in range(100)]

    def fail(*_: object, **__: object) -> None:
        raise uv.UvError("\n".join(lines))

    monkeypatch.setattr(uv, "run", fail)
    done = penstock("build")
    found = done.err.splitlines()
    log = Path(found[-1].removeprefix("all 100 lines are in: "))
    assert (done.code, found[0]) == (1, "the components cannot be installed:")
    assert found[1:-1] == lines[-20:]
    assert log.read_text().splitlines() == lines


def test_b_70_a_short_log_is_shown_whole(demo) -> None:
    assert childlog.explained("it failed", "one\ntwo\n") == "it failed:\none\ntwo"
    assert not (childlog.cache_folder() / "logs").exists()


def test_b_70_a_log_that_cannot_be_kept_costs_no_message(demo, monkeypatch) -> None:
    childlog.cache_folder().write_text("")
    said = childlog.explained("it failed", "line\n" * 30)
    assert said.splitlines()[-1] == "the last of 30 lines"


def test_b_70_only_the_last_logs_are_kept(demo) -> None:
    for number in range(30):
        childlog.explained("it failed", f"{number}\n" * 30)
    assert len(list((childlog.cache_folder() / "logs").iterdir())) == 20


@pytest.mark.parametrize("kind", ["wheel", "wheelhouse"])
def test_b_70_the_secrets_of_an_index_are_in_no_message_and_no_log(
    index, demo, small, penstock, monkeypatch, kind: str
) -> None:
    demo.manifest(
        small.replace("  output_path: out", "  output_path: out\n  embed: all") if kind == "wheel" else small
    )
    assert penstock("generate").code == 0
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://someone:{SECRET}@{index.address}/simple/")
    monkeypatch.setenv("UV_INDEX_OTHER_PASSWORD", f"other-{SECRET}")
    for file in demo.links.glob("pebble-1.1*"):
        file.unlink()
    done = penstock("build", "--output", kind)
    assert done.code == 1
    assert SECRET not in done.err + done.out
    for log in childlog.cache_folder().rglob("*.log"):
        assert SECRET not in log.read_text()


def test_b_70_the_secrets_of_an_index_are_in_nothing_that_is_built(index, demo, make, monkeypatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://someone:{SECRET}@{index.address}/simple/")
    make("--output", "wheel,wheelhouse,sdist")
    for file in [*demo.root.rglob("*"), *childlog.cache_folder().rglob("*")]:
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


def test_b_70_passwords_that_are_given_apart_are_masked_too(monkeypatch) -> None:
    monkeypatch.setenv("UV_INDEX_OTHER_PASSWORD", SECRET)
    monkeypatch.setenv("UV_INDEX_SHORT_PASSWORD", "a")
    said = f"asked //me:word@host with {SECRET}, and failed"
    assert uv.masked(said) == "asked //***@host with ***, and failed"


def test_a_folder_of_wheels_may_be_relative_and_have_a_space_in_its_name(demo, penstock, monkeypatch) -> None:
    demo.links.rename(demo.root.parent / "my links")
    monkeypatch.setenv("UV_FIND_LINKS", "../my links,../nothing else")
    (demo.root.parent / "nothing else").mkdir()
    assert penstock("generate").code == 0
    assert penstock("build", "--output", "wheelhouse").code == 0
    assert (demo.root / "dist/demo-1.2.3-wheelhouse/pebble-1.1-py3-none-any.whl").exists()
