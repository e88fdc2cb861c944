"""`make release VERSION=1.2.3 [DRY_RUN=1]`: sets the version, writes the change log, commits and tags.

Nothing leaves this machine: what was made is looked at, and then pushed by whoever made it.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from packaging.version import InvalidVersion, Version

from release import changes, versions

__all__ = ("ReleaseError", "main", "release")


class ReleaseError(Exception):
    """There is no release, and the repository is as it was, unless the message says how to get there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="make release", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("version", help="the version to release, like 1.2.3 or 1.2.3rc1")
    parser.add_argument("--dry-run", action="store_true", help="change nothing; show what would become of it")
    given = parser.parse_args(arguments)
    try:
        release(Path.cwd(), given.version, dry_run=given.dry_run)
    except ReleaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def release(root: Path, version: str, *, dry_run: bool = False) -> None:
    """Everything but the push. Raises `ReleaseError`."""
    _require_sense(root, version)
    stale = versions.rewritten(root, version)
    if dry_run:
        _say(f"{version} would be written into {len(stale)} files:")
        for file in stale:
            _say(f"  {file.relative_to(root)}")
        _say(_run(root, *_towncrier(version), "--draft"))
        return
    _require_clean(root)
    for file, text in stale.items():
        file.write_text(text, encoding="utf-8")
    try:
        _run(root, *_towncrier(version), "--yes")
        for target in ("generate", "check"):
            _run(root, "make", target)
    except ReleaseError as error:
        back = "git restore --source=HEAD --staged --worktree ."
        raise ReleaseError(f"{error}\n\nhint: nothing was committed; back to the start: {back}") from error
    _run(root, "git", "add", "--all")
    _run(root, "git", "commit", "--quiet", "--message", f"Release {version}")
    _run(root, "git", "tag", "--annotate", f"v{version}", "--message", f"Penstock {version}")
    _say(f"v{version} is committed and tagged; to publish it: git push --follow-tags")


def _require_sense(root: Path, version: str) -> None:
    """Refuse what cannot be a release of what is here."""
    try:
        wanted = Version(version)
    except InvalidVersion:
        raise ReleaseError(f"is not a version (PEP 440): {version}") from None
    if str(wanted) != version or len(wanted.release) != 3 or wanted.local or wanted.is_devrelease:
        raise ReleaseError(f"is not the version of a release, as 1.2.3 and 1.2.3rc1 are: {version}")
    wrong = list(changes.problems(root))
    if wrong:
        raise ReleaseError("\n".join(wrong))
    if not changes.fragments(root):
        raise ReleaseError(f"there is nothing to release: {changes.FOLDER}/ is empty")
    last = changes.newest(root)
    if last and wanted <= Version(last):
        raise ReleaseError(f"{last} is released already, and this is not after it: {version}")
    if _run(root, "git", "tag", "--list", f"v{version}"):
        raise ReleaseError(f"there is a tag already: v{version}")


def _require_clean(root: Path) -> None:
    changed = _run(root, "git", "status", "--porcelain")
    if changed:
        raise ReleaseError(f"there are changes that are not committed:\n{changed}")


def _towncrier(version: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "towncrier", "build", "--version", version)


def _run(root: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise ReleaseError(f"{' '.join(command)}: exit {done.returncode}\n{said}")
    return done.stdout.strip()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
