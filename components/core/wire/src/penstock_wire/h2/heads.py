"""What a list of headers means, and whether it may be sent at all (RFC 9113, sections 8.1 to 8.3)."""

import re
from typing import Final

from penstock_wire.exchange import Head, Pairs

__all__ = ("Fields", "ResponseHead", "request_head", "response_head")

_METHOD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE: Final = re.compile(rb"(?:[^\x00\r\n\t ](?:[^\x00\r\n]*[^\x00\r\n\t ])?)?")
_CONNECTION: Final = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
)
_DIGITS: Final = re.compile(rb"[0-9]{1,18}")
_REQUEST: Final = frozenset((b":method", b":scheme", b":path", b":authority"))


class Fields:
    """A list of headers: as the head of a request, and as trailers; None where it is malformed as such."""

    __slots__ = ("expects", "head", "trailers")

    def __init__(self, pairs: Pairs) -> None:
        self.head = request_head(pairs)
        self.expects = (b"expect", b"100-continue") in pairs
        """Whether the client waits to be told to send the body."""
        self.trailers = pairs if _regular(pairs) is not None else None


class ResponseHead:
    """A list of headers: as the head of a response, and as trailers; `status` is 0 when it is no head."""

    __slots__ = ("headers", "length", "status", "trailers")

    def __init__(self, pairs: Pairs) -> None:
        self.status, self.headers, self.length = response_head(pairs)
        self.trailers = pairs if _regular(pairs) is not None else None


def request_head(pairs: Pairs) -> Head | None:
    """The head of a request; None when it is malformed."""
    pseudo, rest = _split(pairs)
    if not pseudo.keys() <= _REQUEST or len(pseudo) + len(rest) != len(pairs):
        return None
    length = _regular(rest)
    host = next((value for name, value in rest if name == b"host"), None)
    if length is None or not _is_request(pseudo) or host not in (None, pseudo.get(b":authority", host)):
        return None
    authority, scheme = pseudo.get(b":authority", host or b""), pseudo.get(b":scheme", b"")
    path = pseudo.get(b":path", b"")
    return Head(pseudo[b":method"], path, rest, authority, scheme, None if length < 0 else length)


def _is_request(pseudo: dict[bytes, bytes]) -> bool:
    """Whether pseudo-headers are those of a request."""
    method, path = pseudo.get(b":method", b""), pseudo.get(b":path", b"")
    if not _METHOD.fullmatch(method) or not all(map(_VALUE.fullmatch, pseudo.values())):
        return False
    if method == b"CONNECT":
        return pseudo.keys() == {b":method", b":authority"}
    is_path = path.startswith(b"/") or (path == b"*" and method == b"OPTIONS")
    return is_path and pseudo.get(b":scheme", b"") != b""


def response_head(pairs: Pairs) -> tuple[int, Pairs, int]:
    """Status, headers and length (-1: not said) of a response; the status is 0 when it is malformed."""
    pseudo, rest = _split(pairs)
    length = _regular(rest)
    status = pseudo.get(b":status", b"")
    if length is None or len(pseudo) != 1 or len(rest) + 1 != len(pairs):
        return 0, (), -1
    if len(status) != 3 or not _DIGITS.fullmatch(status):
        return 0, (), -1
    return int(status), rest, length


def _split(pairs: Pairs) -> tuple[dict[bytes, bytes], Pairs]:
    """Pseudo-headers, which come first and once, and the rest."""
    pseudo: dict[bytes, bytes] = {}
    for count, (name, value) in enumerate(pairs):
        if not name.startswith(b":"):
            return pseudo, pairs[count:]
        pseudo[name] = value
    return pseudo, ()


def _regular(pairs: Pairs) -> int | None:
    """What `content-length` says, -1 when nothing; None when the headers are malformed."""
    length = -1
    for name, value in pairs:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name in _CONNECTION:
            return None
        if name == b"te" and value.lower() != b"trailers":
            return None
        if name == b"content-length":
            if not _DIGITS.fullmatch(value) or length not in (-1, int(value)):
                return None
            length = int(value)
    return length
