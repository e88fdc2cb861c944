"""Runs uv, the one program that resolves, fetches and installs for the builder."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from penstock_builder.errors import ToolError

__all__ = ("REQUIRED", "UvError", "environment", "find", "hide", "masked", "run")

REQUIRED = "0.13.6"
"""The one version that is used: uv writes its version into the wheels that it builds."""

_KEPT = (
    "UV_CACHE_DIR",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP_TIMEOUT",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_NATIVE_TLS",
    "UV_OFFLINE",
    "UV_SYSTEM_CERTS",
)
_PLACES: Mapping[str, str] = {
    "UV_CACHE_DIR": "",
    "UV_DEFAULT_INDEX": "",
    "UV_EXTRA_INDEX_URL": " ",
    "UV_FIND_LINKS": ",",
    "UV_INDEX": " ",
    "UV_INDEX_URL": "",
}
"""Variables that may hold a path, and what separates several."""

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9_.-]+=)?(?P<place>.*)", re.DOTALL)
_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_SECRET = re.compile(r"UV_INDEX_.+_PASSWORD\Z")
_SHORTEST = 4  # a shorter word would be hidden in every other word
_DROPPED = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE")


class UvError(Exception):
    """uv ended with an error; `stderr` is all it said."""

    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr


def find() -> Path:
    """Uv next to this interpreter, else the one in PATH; raises `ToolError`."""
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("uv")
    if not found:
        raise ToolError(
            "uv is not installed", f"run: {Path(sys.executable).name} -m pip install uv=={REQUIRED}"
        )
    return Path(found)


_hidden: dict[str, str] = {}
"""What no message of this process may show, and what it shows instead."""


def hide(secret: str, label: str) -> None:
    """Show `label` instead of an address, however it is opened, and never what it is opened with."""
    parts = urlsplit(secret)
    host = parts.netloc.rpartition("@")[2]
    _hidden[secret.rstrip("/")] = label
    _hidden[parts._replace(netloc=host).geturl().rstrip("/")] = label
    _hidden[parts._replace(netloc=f"***@{host}").geturl().rstrip("/")] = label
    word = parts.password or ""
    _hidden.update({text: "***" for text in (word, unquote(word)) if len(text) >= _SHORTEST})


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Keep of `given` what says where packages come from; drop what would change what is chosen or built.

    uv runs in a folder of its own, so a path that is relative to the user's is made absolute.
    """
    kept = {
        name: value
        for name, value in given.items()
        if name not in _DROPPED
        and (not name.startswith("UV_") or name in _KEPT or name.startswith("UV_INDEX_"))
    }
    return {
        **kept,
        **{name: _absolute(kept[name], _PLACES[name]) for name in _PLACES if kept.get(name)},
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "NO_COLOR": "1",
    }


def _absolute(value: str, separator: str) -> str:
    parts = value.split(separator) if separator else [value]
    return separator.join(map(_anchored, parts))


def _anchored(text: str) -> str:
    """One place, perhaps `name=place`: an address is left as it is."""
    found = _NAMED.fullmatch(text.strip())
    if found is None or "://" in text or not found["place"]:
        return text
    return f"{found['name'] or ''}{Path(found['place']).expanduser().absolute()}"


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    offline: bool = False,
    accepted: Sequence[int] = (0,),
    given: Mapping[str, str] | None = None,
) -> str:
    """Run uv in `cwd` and return what it printed; exit codes that are not `accepted` are errors.

    `given` are the variables that say where packages come from, if not those of this process. Raises
    `UvError`, or `ToolError` when there is no uv of the required version.
    """
    program = find()
    _require_version(program)
    flags = ["--offline"] if offline else []
    done = _call([str(program), *flags, *arguments], cwd, given)
    if done.returncode not in accepted:
        raise UvError(masked(done.stderr.strip()))
    return done.stdout


def masked(text: str) -> str:
    """Hide what an index is opened with: in its address, and what uv's variables give apart from it."""
    secrets = {value for name, value in os.environ.items() if _SECRET.match(name) and len(value) >= _SHORTEST}
    hidden = {**dict.fromkeys(secrets, "***"), **_hidden}
    for words in (hidden, _hidden):  # again, for an address that had other credentials in the text
        for secret in sorted(words, key=len, reverse=True):
            text = text.replace(secret, words[secret])
        text = _CREDENTIALS.sub("//***@", text)
    return text


def _require_version(program: Path) -> None:
    words = _call([str(program), "--version"], Path.cwd()).stdout.split()
    if words[1:2] != [REQUIRED]:
        found = " ".join(words[1:2]) or "unreadable"
        hint = f"run: {Path(sys.executable).name} -m pip install uv=={REQUIRED}"
        raise ToolError(f"{program}: is not uv {REQUIRED}: {found}", hint)


def _call(
    command: list[str], cwd: Path, given: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    variables = environment(os.environ if given is None else given)
    return subprocess.run(  # noqa: S603 - the program was found above, and no shell is involved
        command, cwd=cwd, env=variables, capture_output=True, text=True, check=False
    )
