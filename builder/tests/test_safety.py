"""The output folder under attack: strangers, edits, kills, full disks, rivals and links."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pytest

from penstock_builder import occupied as rivals
from penstock_builder.errors import OutputError
from penstock_builder.occupied import occupied
from penstock_builder.write import READY, alone, replace_file, write

OLD = {"a": "1\n", "src__b": "1\n", "gone": "1\n"}
NEW = {"a": "2\n", "src__b": "2\n", "src__deep__c": "2\n"}


def test_b_51_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path: Path, tree, on_disk) -> None:
    for number in range(12):
        (tmp_path / f"mine{number:02}").write_text("x")
    with pytest.raises(OutputError, match="holds files that penstock has not written") as caught:
        write(tree(a="1\n"), tmp_path)
    listed = "".join(f"\n  mine{number:02}" for number in range(10))
    assert caught.value.what.endswith(f"{listed}\n  and 2 more")
    assert caught.value.hint == "move them, or choose another folder, or --force: they stay then"
    assert len(on_disk(tmp_path)) == 12
    write(tree(a="1\n"), tmp_path, force=True)
    assert len(on_disk(tmp_path)) == 13


def test_b_51_a_stranger_in_the_package_is_refused_in_every_run(tmp_path: Path, tree, on_disk) -> None:
    write(tree(src__a="1\n"), tmp_path)
    (tmp_path / "src/mine").write_text("x")
    (tmp_path / "NOTES.md").write_text("x")
    with pytest.raises(OutputError, match=r"has not written:\n  src/mine\n"):
        write(tree(src__a="2\n"), tmp_path)
    write(tree(b="2\n"), tmp_path, force=True)
    assert on_disk(tmp_path) == {"NOTES.md": "x", "b": "2\n", "src/mine": "x"}


def test_b_51_the_manifest_may_live_in_the_folder(demo, penstock, small) -> None:
    (demo.root / "dependency-replacements.yaml").write_text("modules: []\nreplaces: []\n")
    folder = demo.root / "here"
    folder.mkdir()
    text = small.replace("output_path: out", "output_path: .").replace(
        "path: components", "path: ../components"
    )
    (folder / "manifest.yaml").write_text(text)
    assert penstock("generate", "-c", "here/manifest.yaml").code == 0
    assert penstock("check", "-c", "here/manifest.yaml").code == 0
    (demo.root / "out").mkdir()
    (demo.root / "out/mine").write_text("x")
    assert (penstock("generate").code, penstock("generate", "--force").code) == (1, 0)


def test_b_52_an_edit_is_shown_and_no_copy_of_one_is_ever_lost(tmp_path: Path, tree, on_disk) -> None:
    write(tree(a="1\n"), tmp_path)
    for text in ("mine\n", "also mine\n", "mine\n"):
        (tmp_path / "a").write_text(text)
        with pytest.raises(OutputError, match=f"-{text}"):
            write(tree(a="2\n"), tmp_path)
        write(tree(a="2\n"), tmp_path, accept_loss=True)
    assert on_disk(tmp_path) == {"a": "2\n", "a.orig": "mine\n", "a.orig1": "also mine\n"}


def test_b_53_only_an_untouched_stale_file_is_removed(tmp_path: Path, tree, on_disk) -> None:
    write(tree(a="1\n", old__gone="1\n", old__edited="1\n"), tmp_path)
    (tmp_path / "old/edited").write_text("mine\n")
    done = write(tree(a="1\n"), tmp_path)
    assert [str(path) for path in (*done.removed, *done.kept)] == ["old/gone", "old/edited"]
    assert on_disk(tmp_path) == {"a": "1\n", "old/edited": "mine\n"}


KILLED = """
import os, signal, sys
from pathlib import Path, PurePosixPath
from penstock_builder.ledger import ledger_text
from penstock_builder.write import alone, write

output, moment, files = Path(sys.argv[1]), int(sys.argv[2]), eval(sys.argv[3])
tree = {PurePosixPath(name.replace("__", "/")): text for name, text in files.items()}
tree[PurePosixPath(".penstock.json")] = ledger_text(tree, "sha256:0")
seen = 0

def hook(event, arguments):
    global seen
    writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writing or event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"):
        if seen == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

sys.addaudithook(hook)
with alone(output):
    write(tree, output)
"""


def killed(output: Path, moment: int) -> bool:
    """Write NEW and die at the given change of the disk; whether there was such a moment."""
    command = [sys.executable, "-I", "-c", KILLED, str(output), str(moment), repr(NEW)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def test_b_54_a_kill_at_any_change_of_the_disk_loses_nothing(tmp_path: Path, tree, on_disk) -> None:
    old = {name.replace("__", "/"): text for name, text in OLD.items()}
    new = {name.replace("__", "/"): text for name, text in NEW.items()}
    before = decided = moment = 0
    while True:
        output = tmp_path / str(moment)
        write(tree(**OLD), output)
        (output / "NOTES.md").write_text("mine")
        if not killed(output, moment):
            break
        kept = {name: text for name, text in on_disk(output).items() if not name.startswith(".penstock")}
        assert kept.pop("NOTES.md") == "mine"
        if (output / READY).is_dir():
            decided += 1
            assert all(text in (old.get(name), new.get(name)) for name, text in kept.items())
        else:
            before += 1
            assert kept in (old, new)
        with alone(output):
            write(tree(**NEW), output)
        assert on_disk(output) == {**new, "NOTES.md": "mine"}
        assert sorted(path.name for path in output.iterdir() if path.name.startswith(".")) == [
            ".penstock.json"
        ]
        moment += 1
    assert (before > 5, decided > 5) == (True, True)


def test_b_54_what_a_killed_run_had_decided_is_finished_before_anything_else(
    tmp_path: Path, tree, on_disk
) -> None:
    write(tree(a="1\n"), tmp_path)
    (tmp_path / READY).mkdir()
    (tmp_path / READY / "a").write_text("2\n")
    with alone(tmp_path):
        assert on_disk(tmp_path) == {"a": "2\n", rivals.FILE: f"{os.getpid()}\n"}


def test_b_55_a_second_builder_fails_with_the_process_of_the_first(tmp_path: Path) -> None:
    message = f"another builder is writing here, process: {os.getpid()}"
    with (
        occupied(tmp_path),
        pytest.raises(OutputError, match=message) as caught,
        occupied(tmp_path, patience=0),
    ):
        pass
    assert caught.value.hint == "wait for it, or end it"
    assert list(tmp_path.iterdir()) == []


def test_b_55_a_second_builder_waits_for_the_first(tmp_path: Path, monkeypatch) -> None:
    first = occupied(tmp_path)
    first.__enter__()
    monkeypatch.setattr(rivals.time, "sleep", lambda _: first.__exit__(None, None, None))
    with occupied(tmp_path):
        assert (tmp_path / rivals.FILE).read_text() == f"{os.getpid()}\n"


def test_b_55_the_lock_of_a_dead_builder_blocks_nobody(tmp_path: Path) -> None:
    (tmp_path / rivals.FILE).write_text("1\n")
    with occupied(tmp_path, patience=0):
        pass
    assert list(tmp_path.iterdir()) == []


def test_b_55_two_builders_give_the_output_of_one(tmp_path: Path, on_disk) -> None:
    both = [repr({"a": f"{n}\n" * 1000, "b": f"{n}\n" * 1000, f"only{n}": "x"}) for n in (1, 2)]
    started = [
        subprocess.Popen([sys.executable, "-I", "-c", KILLED, str(tmp_path / "out"), "-1", files])
        for files in both
    ]
    assert [one.wait() for one in started] == [0, 0]
    found = on_disk(tmp_path / "out")
    assert (found["a"] == found["b"], len(found)) == (True, 3)


def limited(limit: int, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run with files no larger than `limit`: what a full disk does, for any user."""

    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-B", "-c", code, *words]
    return subprocess.run(command, preexec_fn=limit_files, capture_output=True, text=True, check=False)


def test_b_56_a_full_disk_is_one_line_and_leaves_everything_as_it_was(
    demo, penstock, small, tmp_path, monkeypatch
) -> None:
    penstock("generate")
    before = {path: path.read_bytes() for path in (demo.root / "out").rglob("*") if path.is_file()}
    demo.manifest(small.replace("a demo", "another demo"))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    code = "import sys; sys.argv = ['penstock', 'generate']; from penstock_builder.cli import main; main()"
    done = limited(600, code)
    assert done.returncode == 1
    assert done.stderr.endswith(": cannot be written: File too large\n")
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in (demo.root / "out").rglob("*") if path.is_file()} == before
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize(
    ("options", "why"), [("size=4k", "No space left on device"), ("ro", "Read-only file system")]
)
def test_b_56_a_small_or_read_only_disk_is_one_line(tmp_path: Path, options: str, why: str, tree) -> None:
    output = tmp_path / "disk"
    output.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(output)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(OutputError, match=f"cannot be written: {why}"), alone(output):
            write(tree(a="x" * 9000, b="x" * 9000), output)
        assert list(output.iterdir()) == []
    finally:
        subprocess.run(["umount", str(output)], check=True)


def test_b_56_a_single_file_is_written_whole_or_not_at_all(tmp_path: Path, on_disk) -> None:
    replace_file(tmp_path, PurePosixPath("a"), "old")
    code = (
        "import sys; from pathlib import *; from penstock_builder.write import replace_file\n"
        "replace_file(Path(sys.argv[1]), PurePosixPath('a'), 'x' * 900)"
    )
    assert "cannot be written: File too large" in limited(600, code, str(tmp_path)).stderr
    assert on_disk(tmp_path) == {"a": "old"}


@pytest.mark.parametrize("name", [".penstock-staging.new", READY, "src"])
def test_b_57_no_link_leads_out_of_the_folder(tmp_path: Path, name: str, tree, on_disk) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    (outside / "precious").write_text("x")
    (out / name).symlink_to(outside)
    with pytest.raises(OutputError, match="is a symbolic link, and files are not written through it"):
        write(tree(src__a="2\n"), out, force=True)
    assert on_disk(outside) == {"precious": "x"}


@pytest.mark.parametrize("name", [".a.partial", rivals.FILE])
def test_b_57_a_link_in_the_place_of_a_working_file_is_not_followed(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to(outside)
    with suppress(OutputError), alone(tmp_path / "out"):
        replace_file(tmp_path / "out", PurePosixPath("a"), "1\n")
    assert outside.read_text() == "precious"


def test_b_58_missing_parents_spaces_and_other_alphabets_are_no_obstacle(demo, penstock) -> None:
    folder = "neu und größer/выход/出力"
    for command in ("generate", "check"):
        assert penstock(command, "--output-path", folder).code == 0
    assert (demo.root / folder / "src/demo/cli.py").is_file()


def test_what_came_to_nothing_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), alone(tmp_path / "a/b"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
