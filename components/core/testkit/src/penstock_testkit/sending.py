"""What the tests of exporters that send over a network share: fixtures, and the cases of TLS and of auth.

A `conftest.py` imports the fixtures. A test module derives a class from `TlsCases` or `AuthCases`, which
says how to make the exporter and its server; `backend` and `stopped` are fixtures of the exporter's own,
the latter one that is not served yet.
"""
# ruff: noqa: D102 - the names of tests are sentences

import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol  # Any: backends are each test's own

import pytest
import trustme

from penstock_api import AuthHeaders, Consumer, RetryableError, StartError, Traces
from penstock_engine.clock import LoopClock
from penstock_testkit.build import traces
from penstock_testkit.life import running, start

__all__ = ("AuthCases", "Sending", "TlsCases", "Tokens", "authority", "port", "real_clock")

_FIRST: Final[AuthHeaders] = (("authorization", "Bearer 1"),)
_SECOND: Final[AuthHeaders] = (("authorization", "Bearer 2"),)


@pytest.fixture
def port() -> Iterator[int]:
    """A port that nobody serves, kept from others; the test may serve it."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


@pytest.fixture
def real_clock() -> LoopClock:
    """For tests in which a server sets the pace."""
    return LoopClock()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who vouches for certificates."""
    return trustme.CA()


def _pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


class TlsCases(ABC):
    """An exporter over TLS."""

    untrusted: ClassVar[str]
    """What the error says when the server is not trusted."""

    @abstractmethod
    def exporter(self, endpoint: str, **tls: object) -> Consumer[Traces]:
        """One without queue and retry, with this `tls` section."""

    @abstractmethod
    def serving(
        self, backend: Any, authority: trustme.CA, name: str = "127.0.0.1", *, ask: bool = False
    ) -> AbstractAsyncContextManager[object]:
        """Serve `backend` over TLS as `name`; with `ask` clients must show a certificate."""

    async def _send(self, backend: Any, **tls: object) -> None:  # Any: as above
        async with running(self.exporter(backend.endpoint, **tls)) as sending:
            await sending.consume(traces(1))

    async def test_tls_with_an_own_authority(
        self, stopped: Any, authority: trustme.CA, tmp_path: Path
    ) -> None:  # Any: as above
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        async with self.serving(stopped, authority):
            await self._send(stopped, ca_file=str(tmp_path / "ca.pem"))
        assert len(stopped.requests) == 1

    async def test_the_server_may_have_another_name(
        self, stopped: Any, authority: trustme.CA
    ) -> None:  # Any: as above
        name = "gateway.example.com"
        async with self.serving(stopped, authority, name):
            await self._send(stopped, ca_pem=_pem(authority), server_name_override=name)
        assert len(stopped.requests) == 1

    async def test_mutual_tls(self, stopped: Any, authority: trustme.CA) -> None:  # Any: as above
        own = authority.issue_cert("client@example.com")
        shown = {
            "cert_pem": own.cert_chain_pems[0].bytes().decode(),
            "key_pem": own.private_key_pem.bytes().decode(),
        }
        async with self.serving(stopped, authority, ask=True):
            await self._send(stopped, ca_pem=_pem(authority), **shown)
        assert len(stopped.requests) == 1

    @pytest.mark.parametrize("knows_another", [False, True])
    async def test_an_authority_that_is_not_trusted_is_not_sent_to(
        self, stopped: Any, authority: trustme.CA, *, knows_another: bool
    ) -> None:  # Any: as above
        trusted = {"ca_pem": _pem(trustme.CA())} if knows_another else {}
        async with self.serving(stopped, authority):
            with pytest.raises(RetryableError, match=self.untrusted):
                await self._send(stopped, **trusted)
        assert stopped.requests == []

    async def test_verification_can_be_turned_off(
        self, stopped: Any, authority: trustme.CA
    ) -> None:  # Any: as above
        async with self.serving(stopped, authority):
            await self._send(stopped, insecure_skip_verify=True)
        assert len(stopped.requests) == 1

    async def test_broken_files_are_found_at_start(self, tmp_path: Path) -> None:
        with pytest.raises(StartError, match=r"^`tls.ca_file` cannot be read: "):
            await start(self.exporter("127.0.0.1:1", ca_file=str(tmp_path / "missing.pem")))
        (tmp_path / "ca.pem").write_text("no")
        with pytest.raises(StartError, match=r"of `tls` cannot be used"):
            await start(self.exporter("127.0.0.1:1", ca_file=str(tmp_path / "ca.pem")))


class Tokens:
    """A `ClientAuth` that gives one token until it is refused, and then another."""

    def __init__(self, *, renews: bool = True) -> None:
        """Without `renews` it says that asking again is of no use."""
        self.now = _FIRST
        self.renews = renews
        self.refusals: list[AuthHeaders] = []

    async def headers(self) -> AuthHeaders:
        """What to send."""
        return self.now

    async def refused(self, headers: AuthHeaders, /) -> bool:
        """Note it."""
        self.refusals.append(headers)
        self.now = _SECOND
        return self.renews


class Sending(Protocol):
    """A transport of an exporter."""

    async def start(self) -> None:
        """Get ready."""

    async def close(self) -> None:
        """Close all connections."""

    async def send(self) -> bool:
        """Send something; whether the server has taken it."""
        ...


class AuthCases(ABC):
    """An exporter that proves who sends."""

    @abstractmethod
    def sending(self, backend: Any, auth: Tokens, **config: object) -> Sending:  # Any: as above
        """Its transport."""

    @abstractmethod
    def refuse(self, backend: Any, times: int, *, forbidden: bool = False) -> None:  # Any: as above
        """Have the next requests refused, as unauthenticated or as `forbidden`."""

    @abstractmethod
    def told(self, backend: Any) -> list[str]:  # Any: as above
        """The `authorization` of every request."""

    # Any: as above
    async def _sent(self, backend: Any, auth: Tokens, times: int, **config: object) -> list[bool]:
        sending = self.sending(backend, auth, **config)
        await sending.start()
        try:
            return [await sending.send() for _ in range(times)]
        finally:
            await sending.close()

    async def test_the_headers_of_the_extension_go_in_place_of_configured_ones(
        self, backend: Any
    ) -> None:  # Any: as above
        assert await self._sent(backend, Tokens(), 2, headers={"Authorization": "mine"}) == [True, True]
        assert self.told(backend) == ["Bearer 1", "Bearer 1"]

    async def test_a_refusal_is_answered_with_new_headers_once(self, backend: Any) -> None:  # Any: as above
        tokens = Tokens()
        self.refuse(backend, 3)
        assert await self._sent(backend, tokens, 2) == [False, True]
        assert self.told(backend) == ["Bearer 1", "Bearer 2", "Bearer 2", "Bearer 2"]
        assert tokens.refusals == [_FIRST, _SECOND]

    async def test_an_extension_without_other_headers_leaves_it_at_that(
        self, backend: Any
    ) -> None:  # Any: as above
        self.refuse(backend, 1)
        assert await self._sent(backend, Tokens(renews=False), 1) == [False]
        assert self.told(backend) == ["Bearer 1"]

    async def test_other_answers_are_no_refusal(self, backend: Any) -> None:  # Any: as above
        tokens = Tokens()
        self.refuse(backend, 1, forbidden=True)
        assert await self._sent(backend, tokens, 1) == [False]
        assert tokens.refusals == []

    async def test_without_headers_nothing_is_sent(self, backend: Any) -> None:  # Any: as above
        why = RetryableError("no token yet")

        class Empty(Tokens):
            async def headers(self) -> AuthHeaders:
                raise why

        with pytest.raises(RetryableError, match="no token yet"):
            await self._sent(backend, Empty(), 1)
        assert self.told(backend) == []
