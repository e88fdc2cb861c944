"""A TLS context that follows its files: each connection begins with what stands in them by then."""

import logging
import ssl
from collections.abc import Callable
from socket import socket
from typing import Any, Self, TypeVar  # Any: contexts of the ssl module take what they take

from penstock_api.clock import Clock
from penstock_api.errors import StartError

__all__ = ("ReloadingContext",)

_P = TypeVar("_P")


class ReloadingContext(ssl.SSLContext):
    """Makes connections with the newest context there is; those that exist go on with theirs.

    It looks when a connection begins, at most once in an interval. What cannot be used is logged, and what
    was in use before stays in use. A new context knows nothing of old sessions, so nobody resumes one with
    a certificate that is not trusted any more.
    """

    def __new__(cls, *_given: object) -> Self:
        """An empty context, of which nothing is used but its methods."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(
        self,
        read: Callable[[], _P],
        build: Callable[[_P], ssl.SSLContext],
        clock: Clock,
        log: "logging.LoggerAdapter[logging.Logger]",
        seconds: float,
    ) -> None:
        """`build` makes a context of what `read` gives; both raise `StartError`, now too."""
        self._read: Callable[[], Any] = read  # Any: whatever `build` takes
        self._build: Callable[[Any], ssl.SSLContext] = build  # Any: the same
        self._clock, self._log = clock, log
        self._interval = seconds
        self._known = read()
        self._newest = build(self._known)
        self._due = self._clock.now() + seconds
        self._problem = ""

    def wrap_bio(self, *given: Any, **options: Any) -> ssl.SSLObject:
        """As of `SSLContext`; event loops begin connections with it."""
        return self._current().wrap_bio(*given, **options)

    def wrap_socket(self, sock: socket, *given: Any, **options: Any) -> ssl.SSLSocket:
        """As of `SSLContext`."""
        return self._current().wrap_socket(sock, *given, **options)

    def _current(self) -> ssl.SSLContext:
        now = self._clock.now()
        if now >= self._due:
            self._due = now + self._interval
            self._look()
        return self._newest

    def _look(self) -> None:
        """Read the files again; build a context only when something else stands in them."""
        try:
            found = self._read()
            if found != self._known:
                self._newest, self._known = self._build(found), found
                self._log.info("tls files reloaded")
        except StartError as error:
            if self._problem != str(error):
                self._problem = str(error)
                self._log.warning("tls files not reloaded", extra={"error": self._problem})
            return
        self._problem = ""
