"""Files on disk: nothing of anybody else's is lost, and an interrupted run leaves something whole."""

from pathlib import Path, PurePosixPath

import pytest

from penstock_builder import write as module
from penstock_builder.errors import OutputError
from penstock_builder.write import READY, replace_file, write


def test_a_tree_is_written_with_missing_parents(tmp_path: Path, tree, on_disk) -> None:
    out = tmp_path / "a b" / "\u00e9" / "out"
    done = write(tree(a="1\n", src__b="2\n"), out)
    assert on_disk(out) == {"a": "1\n", "src/b": "2\n"}
    assert [str(path) for path in done.written] == ["a", "src/b", ".penstock.json"]


def test_a_second_run_writes_nothing(tmp_path: Path, tree) -> None:
    write(tree(a="1\n"), tmp_path)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")}
    assert write(tree(a="1\n"), tmp_path).written == ()
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")} == before


def test_unknown_files_stay(tmp_path: Path, tree, on_disk) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "mine").write_text("x")
    write(tree(src__a="1\n"), tmp_path, force=True)
    write(tree(b="1\n"), tmp_path, force=True)
    assert on_disk(tmp_path) == {"b": "1\n", "src/mine": "x"}


def test_an_edited_file_stops_the_run_before_anything_changes(tmp_path: Path, tree, on_disk) -> None:
    write(tree(a="1\n", b="1\n"), tmp_path)
    (tmp_path / "a").write_text("mine\n")
    with pytest.raises(OutputError) as caught:
        write(tree(a="2\n", b="2\n"), tmp_path)
    assert caught.value.what == (
        f"{tmp_path}: files were edited after they were generated: a\n\n"
        "--- a (on disk)\n+++ a (rendered)\n@@ -1 +1 @@\n-mine\n+2"
    )
    assert caught.value.hint == "keep your change elsewhere, or --accept-loss"
    assert on_disk(tmp_path) == {"a": "mine\n", "b": "1\n"}


def test_an_unknown_file_in_the_way_stops_the_run(tmp_path: Path, tree) -> None:
    (tmp_path / "a").write_text("mine\n")
    with pytest.raises(OutputError, match="files were edited after they were generated: a"):
        write(tree(a="2\n"), tmp_path)


def test_accepting_the_loss_keeps_a_copy(tmp_path: Path, tree, on_disk) -> None:
    write(tree(a="1\n"), tmp_path)
    (tmp_path / "a").write_text("mine\n")
    done = write(tree(a="2\n"), tmp_path, accept_loss=True)
    assert on_disk(tmp_path) == {"a": "2\n", "a.orig": "mine\n"}
    assert [str(path) for path in done.saved] == ["a"]


def test_an_edit_that_equals_the_new_content_is_no_edit(tmp_path: Path, tree) -> None:
    write(tree(a="1\n"), tmp_path)
    (tmp_path / "a").write_text("2\n")
    assert [str(path) for path in write(tree(a="2\n"), tmp_path).written] == [".penstock.json"]


def test_a_file_that_is_no_longer_produced_goes_unless_it_was_edited(tmp_path: Path, tree, on_disk) -> None:
    write(tree(keep="1\n", old__gone="1\n", old__edited="1\n"), tmp_path)
    (tmp_path / "old/edited").write_text("mine\n")
    done = write(tree(keep="1\n"), tmp_path)
    assert on_disk(tmp_path) == {"keep": "1\n", "old/edited": "mine\n"}
    assert ([str(path) for path in done.removed], [str(path) for path in done.kept]) == (
        ["old/gone"],
        ["old/edited"],
    )
    (tmp_path / "old/edited").unlink()
    assert (tmp_path / "old").is_dir()


def test_an_empty_folder_goes_with_its_last_file(tmp_path: Path, tree) -> None:
    write(tree(a="1\n", old__deep__gone="1\n"), tmp_path)
    write(tree(a="1\n"), tmp_path)
    assert not (tmp_path / "old").exists()


@pytest.mark.parametrize("moves", range(4))
def test_a_run_that_is_killed_while_it_moves_files_is_finished_by_the_next(
    tmp_path: Path, monkeypatch, moves: int, tree, on_disk
) -> None:
    write(tree(a="1\n", b="1\n"), tmp_path)
    real, done = Path.replace, []

    def killed(self: Path, target: Path) -> Path:
        if len(done) > moves:
            raise KeyboardInterrupt
        done.append(target)
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        if moves < 3:
            with pytest.raises(KeyboardInterrupt):
                write(tree(a="2\n", b="2\n"), tmp_path)
            assert (tmp_path / READY).is_dir()
        else:
            write(tree(a="2\n", b="2\n"), tmp_path)
    assert write(tree(a="2\n", b="2\n"), tmp_path).written == ()
    assert on_disk(tmp_path) == {"a": "2\n", "b": "2\n"}


def test_a_run_that_is_killed_before_it_decides_leaves_the_old_output(
    tmp_path: Path, monkeypatch, tree, on_disk
) -> None:
    write(tree(a="1\n"), tmp_path)

    def killed(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write(tree(a="2\n"), tmp_path)
    assert (tmp_path / "a").read_text() == "1\n"
    write(tree(a="3\n"), tmp_path)
    assert on_disk(tmp_path) == {"a": "3\n"}


def test_a_full_disk_leaves_the_old_output_and_no_litter(tmp_path: Path, monkeypatch, tree, on_disk) -> None:
    write(tree(a="1\n"), tmp_path)

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        write(tree(a="2\n"), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".penstock.json", "a"]
    assert on_disk(tmp_path) == {"a": "1\n"}


def test_a_symbolic_link_is_not_followed(tmp_path: Path, tree) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.write_text("precious")
    (out / "a").symlink_to(outside)
    with pytest.raises(OutputError, match="a: is a symbolic link, and files are not written through it"):
        write(tree(a="2\n"), out, accept_loss=True)
    assert outside.read_text() == "precious"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", ".penstock.json: is not a ledger of penstock"),
        ("[]", ".penstock.json: is not a ledger of penstock"),
        ('{"files": {"../x": "y"}}', ".penstock.json: lists a file outside the output folder: ../x"),
        (
            '{"files": {"/etc/passwd": "y"}}',
            ".penstock.json: lists a file outside the output folder: /etc/passwd",
        ),
    ],
)
def test_a_ledger_that_cannot_be_trusted_stops_the_run(tmp_path: Path, text: str, what: str, tree) -> None:
    (tmp_path / ".penstock.json").write_text(text)
    with pytest.raises(OutputError) as caught:
        write(tree(a="2\n"), tmp_path)
    assert caught.value.what == what


def test_one_file_is_replaced_whole(tmp_path: Path, on_disk) -> None:
    replace_file(tmp_path / "new", PurePosixPath("a"), "1\n")
    replace_file(tmp_path / "new", PurePosixPath("a"), "2\n")
    assert on_disk(tmp_path / "new") == {"a": "2\n"}
    assert module.__all__ == ("READY", "Written", "alone", "edited_files", "recover", "replace_file", "write")
