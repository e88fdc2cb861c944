"""`make release`, in a clone of this repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release import changes, versions
from release.__main__ import ReleaseError, main, release

ROOT = Path(__file__).resolve().parents[2]
TOOLS = f"BIN={Path(sys.executable).parent}"
NEXT = f"{int(versions.current(ROOT).partition('.')[0]) + 1}.0.0"


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """What is committed here, with its own sources imported before the installed ones."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone of the repository")
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(folder))
    sources = [folder / "builder/src", *folder.glob("components/*/*/src")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, sources)))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.org")
    (folder / "changes/7.fixed.md").write_text("A crash when nothing is listened to.\n")
    git(folder, "add", "changes")
    git(folder, "commit", "--quiet", "--message", "A change")
    return folder


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Without the setup, which would install the clone's projects over ours."""
    command = ["make", *words, TOOLS, "SETUP="]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.e2e
def test_a_release_sets_every_version_joins_the_changes_and_tags(clone):
    done = make(clone, "release", f"VERSION={NEXT}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(f"v{NEXT} is committed and tagged; to publish it: git push --follow-tags\n")
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "describe") == f"v{NEXT}"
    assert git(clone, "log", "-1", "--format=%s") == f"Release {NEXT}"
    assert {place.version for place in versions.places(clone)} == {NEXT}
    assert "- A crash when nothing is listened to. (#7)" in (clone / "CHANGELOG.md").read_text()
    assert (changes.newest(clone), changes.fragments(clone)) == (NEXT, ())
    assert f"pencol-{NEXT}-" in (clone / "distributions/pencol/README.md").read_text()
    assert git(clone, "remote", "-v").count("(push)") == 1
    assert git(ROOT, "tag", "--list", f"v{NEXT}") == ""


def test_a_dry_run_shows_files_and_changes_and_writes_nothing(clone, monkeypatch, capsys):
    monkeypatch.chdir(clone)
    assert main([NEXT, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "\n  components/core/api/pyproject.toml\n" in out
    assert "- A crash when nothing is listened to. (#7)" in out
    assert git(clone, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("two", r"is not a version \(PEP 440\): two"),
        ("0.2", "is not the version of a release"),
        ("0.2.0.dev1", "is not the version of a release"),
        ("0.02.0", "is not the version of a release"),
    ],
)
def test_what_is_no_version_is_refused(version, said):
    with pytest.raises(ReleaseError, match=said):
        release(ROOT, version)


def test_a_release_that_was_is_not_made_again(clone):
    (clone / "CHANGELOG.md").write_text("# Log\n\n## 0.3.0 (2026-01-01)\n")
    with pytest.raises(ReleaseError, match=r"0\.3\.0 is released already, and this is not after it: 0\.2\.0"):
        release(clone, "0.2.0")
    git(clone, "tag", f"v{NEXT}")
    with pytest.raises(ReleaseError, match=f"there is a tag already: v{NEXT}"):
        release(clone, NEXT)


def test_work_that_is_not_committed_is_not_released(clone, monkeypatch, capsys):
    (clone / "notes.txt").write_text("mine")
    with pytest.raises(ReleaseError, match=r"there are changes that are not committed:\n\?\? notes\.txt"):
        release(clone, NEXT)
    monkeypatch.chdir(clone)
    assert main([NEXT]) == 1
    assert capsys.readouterr().err.endswith("?? notes.txt\n")


def test_pieces_of_the_change_log_must_be_there_and_well_named(clone):
    (clone / "changes/more.md").write_text("More.\n")
    with pytest.raises(ReleaseError, match=r"changes/more\.md: is not <issue>\.<kind>\.md"):
        release(clone, NEXT)
    for file in changes.fragments(clone):
        file.unlink()
    with pytest.raises(ReleaseError, match="there is nothing to release: changes/ is empty"):
        release(clone, NEXT)


def test_what_fails_on_the_way_says_how_to_get_back(clone):
    (clone / "Makefile").write_text("generate:\n\t@echo no disk >&2; exit 1\n")
    git(clone, "commit", "--quiet", "--all", "--message", "Break it")
    with pytest.raises(ReleaseError) as caught:
        release(clone, NEXT)
    assert "make generate: exit 2\nno disk" in str(caught.value)
    (back,) = str(caught.value).partition("back to the start: ")[2].splitlines()
    git(clone, *back.split()[1:])
    assert git(clone, "status", "--porcelain") == ""
