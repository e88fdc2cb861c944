"""Makes requests of what httptools finds, and refuses what RFC 9112 lets nobody send."""

import re
from typing import Final

import httptools

from penstock_wire.exchange import Buffer, Head
from penstock_wire.limits import ServerLimits

__all__ = ("Incoming", "Reader", "UnacceptableError")

_HOST: Final = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:%\[\]-]*")
_LONGEST_NUMBER: Final = 18
_SMALL: Final = 1024
_LARGE: Final = 64 * 1024


class UnacceptableError(Exception):
    """What was sent is not acceptable, and the connection not usable any more."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class Incoming:
    """A request that is being received, or was and waits for its turn."""

    __slots__ = (
        "accounted",
        "answered",
        "expects",
        "head",
        "held",
        "is_old",
        "keep_alive",
        "limit",
        "parts",
        "queued",
        "size",
        "too_large",
        "whole",
    )

    def __init__(self, limit: int) -> None:
        """Keep at most `limit` bytes."""
        self.limit = limit
        self.head: Head | None = None
        self.parts: list[Buffer] = []
        self.size = self.held = self.accounted = 0
        self.whole = self.too_large = self.answered = self.queued = False
        self.expects = self.is_old = False
        self.keep_alive = True

    @classmethod
    def of(cls, head: Head, body: bytes, size: int) -> "Incoming":
        """A request that is whole."""
        made = cls(size)
        made.head = head
        made.parts = [body] if size else []
        made.size = made.held = size
        made.whole = made.queued = True
        return made

    def add(self, data: bytes) -> None:
        """A piece of the body has come. Many tiny objects would cost much more than they hold."""
        size = len(data)
        self.size += size
        if self.too_large or self.size > self.limit:
            self.too_large = True
            self.parts.clear()
            return
        self.held += size
        parts = self.parts
        if size >= _SMALL or not parts:
            parts.append(data)
            return
        last = parts[-1]
        if type(last) is bytearray and len(last) < _LARGE:
            last += data
        else:
            parts.append(bytearray(data))


class Reader:
    """The callbacks of one connection's parser. Its owner takes `complete` and `incoming` after each piece.

    `fresh` says that a head or a body has begun, `finished` that a request has ended.
    """

    def __init__(self, limits: ServerLimits) -> None:
        self._body_limit = limits.max_body
        self._head_limit = limits.max_header_bytes
        self.parser = httptools.HttpRequestParser(self)
        self.complete: list[Incoming] = []
        self.incoming: Incoming | None = None
        self.fresh, self.finished = True, False
        self.is_last = False
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._size = self._hosts = 0
        self._length: int | None = None
        self._coding = self._host = self._expectation = b""

    def on_message_begin(self) -> None:
        """A request begins."""
        self.incoming = Incoming(self._body_limit)
        self.fresh, self.is_last = True, False
        self._url, self._headers, self._length = b"", [], None
        self._size = self._hosts = 0
        self._coding = self._host = self._expectation = b""

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; after the body a trailer, which is not kept."""
        self._size += len(name) + len(value) + 4
        if self._size > self._head_limit:
            raise UnacceptableError(431, "the headers of the request are too large")
        incoming = self.incoming
        if incoming is None or incoming.head is not None:
            return
        name, value = name.lower(), value.rstrip(b" \t")
        self._headers.append((name, value))
        if name == b"content-length":  # nothing but digits: the parser has looked
            self._length = int(value.lstrip(b"0")[:_LONGEST_NUMBER] or b"0")
        elif name == b"host":
            self._hosts, self._host = self._hosts + 1, value
        elif name == b"expect":
            self._expectation = value.lower()
        elif name == b"transfer-encoding":
            self._coding = value.lower()

    def on_headers_complete(self) -> None:
        """The head is there."""
        incoming, parser = self.incoming, self.parser
        assert incoming is not None
        version = parser.get_http_version()
        method, url = parser.get_method(), self._url
        if method == b"CONNECT":
            raise UnacceptableError(400, "this server is no proxy")
        self._check(version)
        if not url.startswith(b"/") and b"://" in url:
            url = _origin_form(url)
        headers = tuple(self._headers)
        incoming.head = Head(method, url, headers, authority=self._host, length=self._length)
        incoming.is_old = version == "1.0"
        incoming.expects = bool(self._expectation) and not incoming.is_old
        incoming.keep_alive = parser.should_keep_alive()
        incoming.too_large = self._length is not None and self._length > self._body_limit
        self.fresh, self._size = True, 0

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        assert self.incoming is not None
        self.incoming.add(data)

    def on_message_complete(self) -> None:
        """The request is whole."""
        incoming, self.incoming = self.incoming, None
        assert incoming is not None
        incoming.whole = self.finished = True
        self.is_last = not incoming.keep_alive
        self.complete.append(incoming)

    def restart(self) -> bytes:
        """Forget the request that asks to change the protocol; the result is its head, which does not.

        The parser takes what follows such a head for the other protocol, also when it is the body. The
        request becomes the connection's last.
        """
        head = self.complete.pop().head
        assert head is not None
        self.parser = httptools.HttpRequestParser(self)
        kept = (b"%s: %s" % pair for pair in head.headers if pair[0] not in (b"upgrade", b"connection"))
        lines = (b"%s %s HTTP/1.1" % (head.method, self._url), *kept, b"connection: close")
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _check(self, version: str) -> None:
        """What the parser does not: RFC 9112, sections 2.3, 3.2 and 6.1, and RFC 9110, section 10.1.1."""
        if version not in ("1.1", "1.0"):
            raise UnacceptableError(400, f"the version of HTTP is not supported: {version}")
        if self._hosts > 1 or (version == "1.1" and not self._hosts):
            raise UnacceptableError(400, "a request needs exactly one Host header")
        if not _HOST.fullmatch(self._host):
            raise UnacceptableError(400, "the Host header is not valid")
        if self._coding and version == "1.0":
            raise UnacceptableError(400, "HTTP/1.0 has no Transfer-Encoding")
        if self._coding not in (b"", b"chunked"):
            raise UnacceptableError(501, "the transfer coding is not supported")
        if self._expectation not in (b"", b"100-continue"):
            raise UnacceptableError(417, "the expectation cannot be met")


def _origin_form(url: bytes) -> bytes:
    """Path and query of a target in absolute form."""
    parsed = httptools.parse_url(url)
    path: bytes = parsed.path or b"/"
    return path + b"?" + parsed.query if parsed.query else path
