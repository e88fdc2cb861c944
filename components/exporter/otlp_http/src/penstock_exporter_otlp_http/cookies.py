"""Keeps the cookies that a server sets, and sends them back."""

import urllib.request
from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import cast

from penstock_wire.exchange import Head, Pairs

__all__ = ("Cookies",)


class Cookies:
    """The cookies of one URL."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._jar = CookieJar()

    def add(self, head: Head) -> Head:
        """`head` with the cookies that are known; itself when there are none."""
        request = urllib.request.Request(self._url)  # noqa: S310 - nothing is opened
        self._jar.add_cookie_header(request)
        cookie = request.get_header("Cookie")
        if cookie is None:
            return head
        return head.with_headers(((b"cookie", cookie.encode("latin-1")),))

    def keep(self, headers: Pairs) -> None:
        """Take the cookies from the headers of a response."""
        message = Message()
        for name, value in headers:
            if name == b"set-cookie":
                message["Set-Cookie"] = value.decode("latin-1")
        if message:
            response = cast("HTTPResponse", _Told(message))  # the jar asks for its headers only
            self._jar.extract_cookies(response, urllib.request.Request(self._url))  # noqa: S310


class _Told:
    """A response as a cookie jar sees it."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def info(self) -> Message:
        return self._message
