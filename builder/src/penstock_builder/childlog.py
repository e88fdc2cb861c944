"""What a failed program said: its last lines in the message, all of it in a file, secrets in neither."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

__all__ = ("cache_folder", "explained")

_SHOWN = 20
_KEPT = 20


def cache_folder() -> Path:
    """Where the builder keeps what it may forget: `PENSTOCK_CACHE_DIR`, else the user's cache."""
    given = os.environ.get("PENSTOCK_CACHE_DIR")
    if given:
        return Path(given).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "penstock"


def explained(what: str, output: str) -> str:
    """The message: `what`, then `output`, or of a long one its end and the path of the whole."""
    lines = output.strip().splitlines()
    if len(lines) <= _SHOWN:
        return "\n".join([f"{what}:", *lines])
    file = _kept(output)
    where = f"all {len(lines)} lines are in: {file}" if file else f"the last of {len(lines)} lines"
    return "\n".join([f"{what}:", *lines[-_SHOWN:], where])


def _kept(output: str) -> Path | None:
    """Write the log, and forget the oldest; a full disk costs the log, not the message."""
    folder = cache_folder() / "logs"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{hashlib.sha256(output.encode()).hexdigest()[:16]}.log"
        file.write_text(output, encoding="utf-8")
        for old in sorted(folder.glob("*.log"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
        return file
    return None
