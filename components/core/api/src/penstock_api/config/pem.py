"""Reads the PEM texts of `tls` sections, and hands them to the ssl module."""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from penstock_api.clock import Clock
from penstock_api.config.secret import Secret
from penstock_api.errors import StartError

if TYPE_CHECKING:
    import ssl

__all__ = ("Follower", "follow", "limit_versions", "load_chain", "read_pem")

_P = TypeVar("_P")


class Follower(Protocol):
    """Who follows files: what of a component's `Settings` that takes."""

    @property
    def clock(self) -> Clock:
        """Says when to look."""
        ...

    @property
    def log(self) -> "logging.LoggerAdapter[logging.Logger]":
        """Is told what came of it."""
        ...


def read_pem(key: str, path: str, inline: Secret) -> bytes:
    """The PEM text itself, or what stands in the file at `path`; `key` names it. Raises `StartError`."""
    if inline:
        return inline.reveal().encode()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StartError(f"`tls.{key}` cannot be read: {path}: {error.strerror}") from error


def limit_versions(context: "ssl.SSLContext", oldest: str, newest: str) -> None:
    """Have `context` speak TLS from `oldest` to `newest`: `1.2`, `1.3`, or empty for the newest there is."""
    import ssl  # noqa: PLC0415 - only who speaks TLS pays for it

    versions = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
    context.minimum_version = versions[oldest]
    context.maximum_version = versions.get(newest, ssl.TLSVersion.MAXIMUM_SUPPORTED)


def load_chain(context: "ssl.SSLContext", cert: bytes, key: bytes) -> None:
    """Load a certificate and its key. Raises `ssl.SSLError`.

    The ssl module reads them from files only: give it one that only we can read, for a moment.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(key + b"\n" + cert)
        file.flush()
        # An encrypted key would make OpenSSL ask on the terminal; an empty password makes it fail instead.
        context.load_cert_chain(file.name, password="")


def follow(
    read: Callable[[], _P], build: "Callable[[_P], ssl.SSLContext]", settings: Follower, seconds: float
) -> "ssl.SSLContext":
    """The context that `build` makes of what `read` gives; looked at again after `seconds`, 0 for never."""
    if not seconds:
        return build(read())
    from penstock_api.config.tls_reload import ReloadingContext  # noqa: PLC0415 - only who reloads pays

    return ReloadingContext(read, build, settings.clock, settings.log, seconds)
