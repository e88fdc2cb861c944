"""Which version of HTTP connections speak, and how many there are."""

from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from penstock_api import Clock, HttpClientConfig

if TYPE_CHECKING:
    from penstock_wire.pool import Make, PoolLimits

__all__ = ("connection_maker", "is_negotiated", "pool_limits")

_MAX_BODY: Final = 64 * 1024
_MAX_HEAD: Final = 64 * 1024
_PING_TIMEOUT: Final = 15.0


def is_negotiated(config: HttpClientConfig, url: str) -> bool:
    """Whether the server may choose HTTP/2. Only TLS can ask it, and such connections are kept."""
    is_secure = urlsplit(url).scheme == "https"
    return is_secure and config.force_attempt_http2 and not config.disable_keep_alives


def connection_maker(config: HttpClientConfig, clock: Clock, *, negotiates: bool) -> "Make":
    """What makes connections."""
    from penstock_wire.h1.client import H1ClientConnection  # noqa: PLC0415 - loaded when it runs

    one = partial(H1ClientConnection, max_body=_MAX_BODY, max_header_bytes=_MAX_HEAD)
    if not negotiates:
        return one
    from penstock_wire.negotiated import NegotiatedConnection  # noqa: PLC0415 - who uses it pays

    return partial(NegotiatedConnection, one, _maker_of_two(config, clock))


def _maker_of_two(config: HttpClientConfig, clock: Clock) -> "Make":
    from penstock_wire.h2.client import ClientConnection, ClientLimits  # noqa: PLC0415 - who uses it pays
    from penstock_wire.h2.keepalive import KeepAlive, KeptAliveConnection  # noqa: PLC0415 - the same

    limits = ClientLimits(max_body=_MAX_BODY, keeps_beginning=True, max_header_bytes=_MAX_HEAD)
    if not config.http2_read_idle_timeout:
        return partial(ClientConnection, limits, clock)
    timeout = config.http2_ping_timeout or _PING_TIMEOUT
    keep_alive = KeepAlive(time=config.http2_read_idle_timeout, timeout=timeout, when_idle=True)
    return partial(KeptAliveConnection, limits, clock, keep_alive=keep_alive)


def pool_limits(config: HttpClientConfig, *, negotiates: bool) -> "PoolLimits":
    """How many connections there may be."""
    from penstock_wire.pool import PoolLimits  # noqa: PLC0415 - loaded when it runs

    kept = config.max_idle_conns_per_host or config.max_idle_conns
    return PoolLimits(
        connections=config.max_conns_per_host,
        kept=-1 if config.disable_keep_alives else kept,
        idle_seconds=config.idle_conn_timeout,
        may_share=negotiates,
    )
