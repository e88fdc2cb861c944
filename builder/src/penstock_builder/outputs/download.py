"""Fetches the archives that the lock pins, as they were published: from our cache, else through pip.

uv installs but does not hand out archives, so this is pip's part. Each archive is checked against the lock's
hashes by pip when it comes, and by us whenever the cache gives it.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from penstock_builder import uv
from penstock_builder.childlog import cache_folder, explained
from penstock_builder.embed import pin_lines
from penstock_builder.errors import BuildError, ToolError
from penstock_builder.indexes import Indexes
from penstock_builder.lock import Pin
from penstock_builder.outputs.target import Target

__all__ = ("applicable", "download", "holds")

_RETRIES = "5"


def applicable(pins: Sequence[Pin], target: Target) -> list[Pin]:
    """The pins whose condition holds on `target`."""
    return [pin for pin in pins if holds(pin.marker, target)]


def holds(marker: str, target: Target) -> bool:
    """Whether a condition holds on `target`; an empty one does everywhere."""
    from packaging.markers import Marker, default_environment  # noqa: PLC0415 - the plain wheel needs none

    environment: dict[str, str] = {**default_environment(), **target.markers}  # type: ignore[dict-item]
    return not marker or Marker(marker).evaluate(environment)


def download(
    pins: Sequence[Pin],
    folder: Path,
    *,
    indexes: Indexes | None = None,
    target: Target,
    offline: bool = False,
) -> list[Path]:
    """Put one wheel per pin into `folder`; raises `BuildError` when one cannot be had."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in pins if not _from_cache(pin, target, folder)]
    for given, some in (indexes or Indexes()).grouped(missing, lambda pin: pin.name):
        before = set(folder.iterdir())
        wanted = [Pin(name=pin.name, version=pin.version, hashes=pin.hashes) for pin in some]
        _fetch(wanted, folder, target, uv.environment(given), offline=offline)
        for file in sorted(set(folder.iterdir()) - before):
            _to_cache(file, some, target)
    return sorted(folder.iterdir())


def _fetch(
    pins: Sequence[Pin], folder: Path, target: Target, given: Mapping[str, str], *, offline: bool
) -> None:
    if find_spec("pip") is None:
        raise ToolError("pip is not installed, and archives are fetched with it", "run: uv pip install pip")
    wanted = folder.with_suffix(".txt")
    wanted.write_text(pin_lines(pins), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--retries", _RETRIES]
    command += [
        "--dest",
        str(folder),
        "-r",
        str(wanted),
        *_places(given, offline=offline),
        *_platform(target),
    ]
    done = subprocess.run(  # noqa: S603 - this interpreter, and no shell is involved
        command, env=_environment(given), capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = uv.masked(f"{done.stdout}{done.stderr}")
        hint = "without `--offline` missing packages are fetched" if offline else ""
        raise BuildError(explained("the archives cannot be fetched", said), hint)


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    """Pip keeps its settings for the network; what would change where it writes is dropped.

    Where uv takes packages from is where pip shall take them from. Addresses are told in variables, because
    others can see the words of a command.
    """
    dropped = (
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_ROOT",
        "PIP_DEST",
        "PIP_CONSTRAINT",
        "PIP_REQUIREMENT",
        "PIP_PRE",
    )
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    default = given.get("UV_DEFAULT_INDEX") or given.get("UV_INDEX_URL")
    if default:
        kept["PIP_INDEX_URL"] = _opened(default, given)
        kept.pop("PIP_EXTRA_INDEX_URL", None)
    more = f"{given.get('UV_INDEX', '')} {given.get('UV_EXTRA_INDEX_URL', '')}".split()
    if more:
        kept["PIP_EXTRA_INDEX_URL"] = " ".join(_opened(one, given) for one in more)
    return {**kept, "PIP_NO_COLOR": "1", "PIP_PROGRESS_BAR": "off"}


def _opened(index: str, given: Mapping[str, str]) -> str:
    """The address in `name=address`, with what uv would open an index of this name with."""
    name, mark, address = index.partition("=")
    if "://" in name or not mark:
        return index
    lead = f"UV_INDEX_{re.sub(r'[^A-Z0-9]', '_', name.upper())}_"
    user, password = given.get(f"{lead}USERNAME", ""), given.get(f"{lead}PASSWORD", "")
    parts = urlsplit(address)
    if not user or "@" in parts.netloc:
        return address
    secret = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return parts._replace(netloc=f"{secret}@{parts.netloc}").geturl()


def _places(given: Mapping[str, str], *, offline: bool) -> list[str]:
    words: list[str] = []
    if offline or given.get("UV_OFFLINE", "").lower() in ("1", "true", "yes"):
        words.append("--no-index")
    for links in given.get("UV_FIND_LINKS", "").split(","):
        words += ["--find-links", links] if links.strip() else []
    return words


def _platform(target: Target) -> list[str]:
    words = [word for tag in target.compatible for word in ("--platform", tag)]
    if not words:
        return []
    abi = f"cp{target.python.replace('.', '')}"
    return [
        *words,
        "--python-version",
        target.python,
        "--implementation",
        "cp",
        "--abi",
        abi,
        "--abi",
        "abi3",
        "--abi",
        "none",
    ]


def _key(pin: Pin, target: Target) -> str:
    what = [
        pin.name,
        pin.version,
        sorted(pin.hashes),
        target.name or sys.platform,
        target.machine,
        target.python,
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _from_cache(pin: Pin, target: Target, folder: Path) -> bool:
    """Take the archive that was chosen before; one that is not what the lock says is thrown away."""
    place = cache_folder() / "archives" / _key(pin, target)
    for file in sorted(place.glob("*.whl")):
        if f"sha256:{_digest(file)}" in pin.hashes:
            shutil.copyfile(file, folder / file.name)
            return True
        file.unlink()
    return False


def _to_cache(file: Path, pins: Sequence[Pin], target: Target) -> None:
    digest = f"sha256:{_digest(file)}"
    for pin in pins:
        if digest in pin.hashes:
            place = cache_folder() / "archives" / _key(pin, target)
            with suppress(OSError):  # a full disk costs the next build's time, not this build
                place.mkdir(parents=True, exist_ok=True)
                partial = place / f".{file.name}.{os.getpid()}"
                shutil.copyfile(file, partial)
                partial.replace(place / file.name)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
