"""The shapes of addresses: repositories, archives, indexes, and what proves their content.

None may hold credentials: a manifest is committed, and what is in it is printed.
"""

import re
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

from penstock_builder.words import WordError

__all__ = (
    "archive_url",
    "git_url",
    "index_url",
    "inner_path",
    "is_commit",
    "is_local_path",
    "local_path",
    "sha256",
    "web_url",
)

_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_ARCHIVES = (".whl", ".tar.gz", ".zip")
_LONGEST_PATH, _LONGEST_NAME = 4095, 255  # bytes, as Linux counts them


def _address(text: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise WordError(f"is not an address: {text!r}", f"write it like {example}") from None
    if "@" in parts.netloc and not (parts.scheme == "ssh" and not parts.password):
        raise WordError("must not hold credentials", "give them to uv in its environment, or to git")
    if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "file") or _unprintable(text):
        raise WordError(f"is not an address: {text!r}", f"write it like {example}")
    return parts


def _unprintable(text: str) -> bool:
    return any(char.isspace() or not char.isprintable() for char in text)


def git_url(text: str) -> str:
    """Accept the address of a repository."""
    parts = _address(text, ("https", "ssh", "file"), "https://example.org/repository.git")
    if parts.query or parts.fragment:
        raise WordError(f"must be the bare address of the repository: {text!r}", "use `rev` for a commit")
    return text


def archive_url(text: str) -> str:
    """Accept the address of a wheel or an sdist."""
    parts = _address(text, ("https", "file"), "https://example.org/thing-1.0-py3-none-any.whl")
    if parts.fragment:
        raise WordError(f"must have no fragment: {text!r}", "use `sha256`")
    if not parts.path.endswith(_ARCHIVES):
        raise WordError(f"must end with one of {', '.join(_ARCHIVES)}: {text!r}")
    return text


def index_url(text: str) -> str:
    """Accept the address of an index."""
    _address(text, ("https", "http", "file"), "https://example.org/simple")
    return text


def web_url(text: str) -> str:
    """Accept the address of a page."""
    _address(text, ("https", "http"), "https://example.org/")
    return text


def local_path(text: str) -> str:
    """Accept what can be a path on this machine."""
    if not text.strip():
        raise WordError("must not be empty")
    if not text.isprintable():
        raise WordError(f"is not a path: {text!r}")
    names = (len(name.encode()) for name in PurePosixPath(text).parts)
    if len(text.encode()) > _LONGEST_PATH or max(names, default=0) > _LONGEST_NAME:
        raise WordError(f"is longer than a path can be: {text[:40]!r}...")
    return text


def is_local_path(text: str) -> bool:
    """Whether `local_path` accepts it."""
    try:
        return bool(local_path(text))
    except WordError:
        return False


def inner_path(text: str) -> str:
    """Accept a folder inside something else."""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in text:
        raise WordError(f"must lead to a folder inside: {text!r}")
    return text


def sha256(text: str) -> str:
    """Accept the digest of a file."""
    if not _DIGEST.match(text):
        raise WordError(f"is not a sha256: {text!r}", "write its 64 digits, in lower case")
    return text


def is_commit(text: str) -> bool:
    """Whether `text` is the full id of a commit, and not the name of something that moves."""
    return bool(_COMMIT.match(text))
