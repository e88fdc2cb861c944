"""Those who are let in: `htpasswd` lines, and what their hashes say of a password."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from penstock_api import StartError

__all__ = ("Users", "read_users")

_BCRYPT: Final = ("$2a$", "$2b$", "$2y$")
_SHA: Final = "{SHA}"
_REMEMBERED: Final = 1024
_DECOY: Final = b"$2b$10$HVeC8ArZqqeVFsb8ptc.fOzl25Wd8E3gqApaR8NPPZ9tTUZI5xvIC"
"""Checked for a name that nobody has, so that it takes as long as for one that somebody has."""


@dataclass(frozen=True, slots=True)
class Users:
    """Hashes by name. A password found right is remembered by its digest: hashes are slow on purpose."""

    hashes: Mapping[str, str]
    _right: dict[bytes, None] = field(default_factory=dict, repr=False)

    def remembers(self, username: str, password: str) -> bool:
        """Whether this password was found right for this name before."""
        return _digest(username, password) in self._right

    def check(self, username: str, password: str) -> bool:
        """Whether the password is right. It may take a tenth of a second: call it in a thread."""
        known = self.hashes.get(username)
        right = _matches(known, password)
        if right:
            while len(self._right) >= _REMEMBERED:
                self._right.pop(next(iter(self._right)), None)
            self._right[_digest(username, password)] = None
        return right


def read_users(text: str, where: str) -> dict[str, str]:
    """The hashes by name of `htpasswd` lines. Raises `StartError` with the place of what is wrong."""
    return dict(_lines(text, where))


def _lines(text: str, where: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, colon, hashed = stripped.partition(":")
        if not (colon and name):
            raise StartError(f"{where}:{number}: not a line of `name:hash`")
        if not hashed.startswith((*_BCRYPT, _SHA)):
            raise StartError(
                f"{where}:{number}: only hashes of bcrypt (`htpasswd -B`) and {{SHA}} are taken: {name}"
            )
        yield name, hashed


def _matches(known: str | None, password: str) -> bool:
    if known is not None and known.startswith(_SHA):
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
        return hmac.compare_digest(base64.b64encode(digest).decode(), known[len(_SHA) :])
    import bcrypt  # noqa: PLC0415 - only for those who have such hashes

    try:
        right = bcrypt.checkpw(password.encode()[:72], known.encode() if known is not None else _DECOY)
    except ValueError:  # not a hash after all
        return False
    return known is not None and right


def _digest(username: str, password: str) -> bytes:
    return hashlib.sha256(f"{username}\0{password}".encode()).digest()
