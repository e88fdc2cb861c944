"""Comparing a fresh render with what is committed."""

from pathlib import Path, PurePosixPath

from penstock_builder.check import check
from penstock_builder.ledger import ledger_text
from penstock_builder.write import READY, write


def tree(**files: str):
    found = {PurePosixPath(name.replace("__", "/")): text for name, text in files.items()}
    return {**found, PurePosixPath(".penstock.json"): ledger_text(found, "sha256:0")}


def test_current_output_has_no_findings(tmp_path: Path) -> None:
    write(tree(a="1\n"), tmp_path)
    assert check(tree(a="1\n"), tmp_path).current


def test_changed_missing_and_extra_files_are_told_apart(tmp_path: Path) -> None:
    write(tree(changed="1\n", missing="1\n", extra="1\n"), tmp_path)
    (tmp_path / "changed").write_text("2\n")
    (tmp_path / "missing").unlink()
    report = check(tree(changed="1\n", missing="1\n"), tmp_path)
    assert [(str(one.path), one.kind) for one in report.differences] == [
        (".penstock.json", "changed"),
        ("changed", "changed"),
        ("extra", "extra"),
        ("missing", "missing"),
    ]
    assert (
        report.differences[1].diff == "--- changed (on disk)\n+++ changed (rendered)\n@@ -1 +1 @@\n-2\n+1\n"
    )


def test_line_endings_and_bytes_that_are_no_text_differ_too(tmp_path: Path) -> None:
    write(tree(a="1\n", b="1\n"), tmp_path)
    (tmp_path / "a").write_bytes(b"1\r\n")
    (tmp_path / "b").write_bytes(b"\xff\n")
    first, second = check(tree(a="1\n", b="1\n"), tmp_path).differences
    assert first.diff.endswith("only line endings differ\n")
    assert "-\\xff\n+1\n" in second.diff


def test_a_long_diff_is_cut_off(tmp_path: Path) -> None:
    write(tree(a="x\n" * 1000), tmp_path)
    (difference, _) = reversed(check(tree(a="y\n" * 1000), tmp_path).differences)
    assert difference.diff.splitlines()[-1] == "... and 1603 more lines"


def test_a_stranger_in_the_package_is_named_and_one_beside_it_is_not(tmp_path: Path) -> None:
    write(tree(src__demo__a="1\n"), tmp_path)
    (tmp_path / "src/demo/stray.py").write_text("")
    (tmp_path / "src/demo/__pycache__").mkdir()
    (tmp_path / "src/demo/__pycache__/a.pyc").write_text("")
    (tmp_path / "NOTES.md").write_text("mine")
    report = check(tree(src__demo__a="1\n"), tmp_path)
    assert report.notes == ("src/demo/stray.py: is not part of the distribution: move or remove it",)


def test_an_interrupted_run_is_named(tmp_path: Path) -> None:
    write(tree(a="1\n"), tmp_path)
    (tmp_path / READY).mkdir()
    assert check(tree(a="1\n"), tmp_path).notes == (
        ".penstock-staging: an interrupted run is not finished yet",
    )


def test_an_output_that_does_not_exist_is_missing_every_file(tmp_path: Path) -> None:
    assert {one.kind for one in check(tree(a="1\n"), tmp_path / "none").differences} == {"missing"}
