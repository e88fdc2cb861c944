"""The command line: words, exit codes, and what must not be touched."""

import os
import subprocess
import sys

import pytest

from penstock_builder import __version__


def test_versions(penstock) -> None:
    assert penstock("version").out == f"penstock {__version__}\n"
    assert penstock("--version").out == f"penstock {__version__}\n"


@pytest.mark.parametrize("command", ["lock", "generate", "check", "build"])
def test_every_command_takes_a_manifest_and_a_folder(penstock, command: str) -> None:
    done = penstock(command, "--help")
    assert done.code == 0
    assert "-c, --config FILE" in done.out
    assert "--output-path DIR" in done.out


def test_the_commands_load_a_stage_when_they_need_it() -> None:
    code = (
        "import sys, penstock_builder.commands; print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("pydantic", "jinja2", "ruamel", "packaging", "hatchling", "subprocess"):
        assert f"'{heavy}'" not in loaded


def test_the_version_is_told_without_loading_the_builder() -> None:
    code = (
        "import atexit, sys; sys.argv = ['penstock', '--version']; from penstock_builder.cli import main; "
        "atexit.register(lambda: print(sorted({name.split('.')[0] for name in sys.modules}))); main()"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.startswith(f"penstock {__version__}\n")
    for heavy in ("click", "pydantic", "jinja2", "ruamel", "packaging", "hatchling", "subprocess"):
        assert f"'{heavy}'" not in loaded


def test_generate_locks_renders_and_then_has_nothing_to_do(demo, penstock) -> None:
    first = penstock("generate")
    assert (first.code, first.out, first.err) == (0, "out\n", "21 files written\n")
    assert penstock("generate").err == "0 files written\n"
    assert penstock("check").code == 0


def test_lock_says_whether_it_changed(demo, penstock) -> None:
    assert (penstock("lock").err, penstock("lock").err) == (
        "requirements.lock written\n",
        "requirements.lock is current\n",
    )
    demo.wheel("pebble", "1.2")
    assert penstock("lock").err == "requirements.lock is current\n"
    assert "pebble==1.1" in demo.read("requirements.lock")
    assert penstock("lock", "--upgrade", "pebble").out == "out/requirements.lock\n"
    assert "pebble==1.2" in demo.read("requirements.lock")
    demo.wheel("pebble", "1.3")
    assert penstock("lock", "--upgrade").err == "requirements.lock written\n"
    assert "pebble==1.3" in demo.read("requirements.lock")


def test_locked_refuses_to_lock(demo, penstock) -> None:
    done = penstock("generate", "--locked")
    assert (done.code, done.err) == (1, "out/requirements.lock: is missing\n")
    assert not (demo.root / "out").exists()


def test_a_lock_that_is_none_is_not_replaced(demo, penstock) -> None:
    penstock("generate")
    (demo.root / "out/requirements.lock").write_text("-e .\n")
    for command in ("lock", "generate", "check", "build"):
        assert penstock(command).err == (
            "out/requirements.lock:1: is not a pin or a hash: -e .\n\n"
            "hint: restore the file, or remove it to lock anew\n"
        )
    assert demo.read("requirements.lock") == "-e .\n"


def state(folder) -> dict:
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(folder.rglob("*"))
    }


def test_check_of_current_output_touches_no_file_and_runs_no_process(demo, penstock, monkeypatch) -> None:
    penstock("generate")
    before = state(demo.root)

    def refuse(*_, **__):
        raise AssertionError("check runs no process and opens no socket")

    monkeypatch.setattr(subprocess, "run", refuse)
    monkeypatch.setattr("socket.socket", refuse)
    done = penstock("check")
    assert (done.code, done.out, done.err) == (0, "", "out: current\n")
    assert state(demo.root) == before


def test_check_needs_no_index(demo, penstock, monkeypatch) -> None:
    penstock("generate")
    monkeypatch.setenv("UV_FIND_LINKS", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    assert penstock("check").code == 0


@pytest.mark.parametrize(
    "path", ["src/demo/cli.py", "config.yaml", "requirements.lock", "README.md", ".penstock.json"]
)
def test_one_changed_byte_is_named_with_the_command_that_mends_it(demo, penstock, path: str) -> None:
    penstock("generate")
    file = demo.root / "out" / path
    data = bytearray(file.read_bytes())
    data[25] ^= 1
    file.write_bytes(data)
    done = penstock("check")
    assert done.code == 1
    assert f"out/{path}: " in done.err
    command = done.err.rpartition("\n\nhint: run: penstock ")[2].split()
    assert command[0] == "generate"
    assert penstock(*command).code == 0
    file.with_name(f"{file.name}.orig").unlink(
        missing_ok=True
    )  # the copy is the user's to look at and remove
    assert penstock("check").code == 0


def test_only_a_file_that_somebody_edited_asks_to_accept_a_loss(demo, penstock) -> None:
    penstock("generate")
    (demo.root / "out/README.md").unlink()
    assert penstock("check").err.endswith("\n\nhint: run: penstock generate\n")
    (demo.root / "out/config.yaml").write_text("mine\n")
    assert penstock("check").err.endswith("\n\nhint: run: penstock generate --accept-loss\n")


def test_check_prints_a_diff(demo, penstock, small) -> None:
    penstock("generate")
    demo.manifest(small.replace('"1.2.3"', '"1.2.4"'))
    done = penstock("check")
    assert done.code == 1
    assert "-__version__ = '1.2.3'\n+__version__ = '1.2.4'\n" in done.out
    assert "out/pyproject.toml: changed\n" in done.err


def test_check_after_an_edited_component_version_says_what_the_path_has(demo, penstock, small) -> None:
    penstock("generate")
    demo.manifest(small.replace("penstock-exporter-debug == 0.1.0", "penstock-exporter-debug == 0.1.1"))
    done = penstock("check")
    assert done.code == 1
    assert (
        "exporters[0].package: asks for penstock-exporter-debug ==0.1.1, but components/exporter/debug has version: 0.1.0"
        in done.err
    )


def test_check_after_an_edited_requirement_says_that_the_lock_is_stale(demo, penstock) -> None:
    penstock("generate")
    demo.component("exporter", "debug", requires=("penstock-api", "pebble>=1.5"))
    done = penstock("check")
    assert done.code == 1
    assert (
        "out/requirements.lock: does not meet what penstock-exporter-debug needs: pebble>=1.5 (locked: 1.1)\n"
        in done.err
    )


def test_check_without_output_says_so(demo, penstock) -> None:
    done = penstock("check")
    assert (done.code, done.err) == (1, "out/requirements.lock: is missing\n\nhint: run: penstock generate\n")


def test_the_mending_command_repeats_the_arguments(demo, penstock, small) -> None:
    (demo.root / "my manifest.yaml").write_text(small)
    done = penstock("check", "-c", "my manifest.yaml", "--output-path", "other")
    assert done.err.endswith("hint: run: penstock generate --config 'my manifest.yaml' --output-path other\n")
    assert penstock("generate", "-c", "my manifest.yaml", "--output-path", "other").code == 0
    assert penstock("check", "-c", "my manifest.yaml", "--output-path", "other").code == 0
    assert not (demo.root / "out").exists()


def test_build_refuses_output_that_is_not_current(demo, penstock, small) -> None:
    assert penstock("build").err == "out/requirements.lock: is missing\n\nhint: run: penstock generate\n"
    penstock("generate")
    (demo.root / "out/config.yaml").write_text("mine\n")
    done = penstock("build")
    assert (done.code, done.err) == (
        1,
        "out: is not what the manifest gives: config.yaml\n\nhint: run: penstock generate --accept-loss\n",
    )
    assert penstock("generate", "--accept-loss").code == 0
    assert penstock("build").code == 0


def test_build_of_an_output_that_nobody_edited_needs_no_loss(demo, penstock, small) -> None:
    penstock("generate")
    demo.manifest(small.replace("a demo", "another"))
    assert penstock("build").err.endswith("\n\nhint: run: penstock generate\n")


def test_generate_keeps_an_edited_file_until_told_otherwise(demo, penstock) -> None:
    penstock("generate")
    (demo.root / "out/config.yaml").write_text("mine\n")
    done = penstock("generate")
    assert done.code == 1
    assert "files were edited after they were generated: config.yaml" in done.err
    assert "hint: keep your change elsewhere, or --accept-loss" in done.err
    done = penstock("generate", "--accept-loss")
    assert (done.code, done.err) == (0, "saved as .orig: config.yaml\n1 files written\n")
    assert demo.read("config.yaml.orig") == "mine\n"
    assert penstock("check").code == 0


def test_mistakes_of_the_manifest_exit_2_without_a_traceback(demo, penstock, small) -> None:
    demo.manifest(small.replace("receivers:", "recievers:"))
    done = penstock("check")
    assert (done.code, done.err) == (
        2,
        "builder-manifest.yaml:9:1: recievers: unknown key\n\nhint: did you mean `receivers`?\n",
    )


def test_a_missing_manifest_exits_2(world, penstock) -> None:
    done = penstock("check")
    assert (done.code, done.err) == (
        2,
        "builder-manifest.yaml: cannot be read: No such file or directory\n\nhint: `penstock init` makes a manifest, `--config FILE` names another\n",
    )


def test_an_unknown_option_exits_2(penstock) -> None:
    assert penstock("check", "--nonsense").code == 2


def test_b_49_the_same_output_with_another_locale_hash_seed_and_umask(demo, penstock) -> None:
    penstock("generate")
    first = {path: path.read_bytes() for path in (demo.root / "out").rglob("*") if path.is_file()}
    for path in first:
        path.unlink() if path.name != "requirements.lock" else None
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "TZ": "Asia/Kathmandu",
        "PYTHONHASHSEED": "7",
        "PYTHONUTF8": "0",
    }
    subprocess.run(
        [sys.executable, "-m", "penstock_builder", "generate"],
        check=True,
        env=environment,
        cwd=demo.root,
        umask=0o077,
    )
    assert {path: path.read_bytes() for path in (demo.root / "out").rglob("*") if path.is_file()} == first
