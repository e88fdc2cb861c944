"""TLS of a server: its certificate, and whether clients must show one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from penstock_api.config.duration import Duration
from penstock_api.config.model import Config
from penstock_api.config.pem import Follower, follow, limit_versions, load_chain, read_pem
from penstock_api.config.secret import Secret
from penstock_api.errors import StartError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

__all__ = ("ServerPems", "TlsServerConfig")

_NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True, repr=False)
class ServerPems:
    """What a server presents and trusts, in PEM. `client_ca` is empty when clients need no certificate."""

    cert: bytes
    key: bytes
    client_ca: bytes


class TlsServerConfig(Config):
    """The `tls` section of a server. Without the section the server speaks plain text."""

    cert_file: str = ""
    """Path of the server's certificate, followed by the intermediate ones, in PEM."""
    cert_pem: Secret = _NO_SECRET
    """The certificate itself, instead of `cert_file`."""
    key_file: str = ""
    """Path of the certificate's private key in PEM."""
    key_pem: Secret = _NO_SECRET
    """The private key itself, instead of `key_file`."""
    client_ca_file: str = ""
    """Path of the authorities that sign clients' certificates. When set, a client must present one."""
    min_version: Literal["1.2", "1.3"] = "1.2"
    """The oldest version of TLS to accept."""
    max_version: Literal["", "1.2", "1.3"] = ""
    """The newest version of TLS to accept; empty for the newest there is."""
    reload_interval: Duration = Field(default=0.0, ge=0)
    """Look into the files again after this long, for connections that come later; 0 is never."""

    @model_validator(mode="after")
    def _check(self) -> "TlsServerConfig":
        for name in ("cert", "key"):
            has_file, has_pem = bool(getattr(self, f"{name}_file")), bool(getattr(self, f"{name}_pem"))
            if has_file and has_pem:
                raise ValueError(f"`{name}_file` and `{name}_pem` exclude each other")
            if not has_file and not has_pem:
                raise ValueError(f"a server needs a certificate and its key: `{name}_file` is missing")
        if self.max_version and self.max_version < self.min_version:
            raise ValueError(
                f"`max_version` must not be below `min_version` {self.min_version}: {self.max_version}"
            )
        return self

    def read(self) -> ServerPems:
        """The PEMs, read from their files now. Raises `StartError`."""
        return ServerPems(
            read_pem("cert_file", self.cert_file, self.cert_pem),
            read_pem("key_file", self.key_file, self.key_pem),
            read_pem("client_ca_file", self.client_ca_file, _NO_SECRET) if self.client_ca_file else b"",
        )

    def context(self, settings: Follower, alpn: "Sequence[str]" = ()) -> "ssl.SSLContext":
        """A context for servers, which offers the protocols `alpn`. Raises `StartError`."""
        return follow(self.read, lambda pems: self._build(pems, alpn), settings, self.reload_interval)

    def _build(self, pems: ServerPems, alpn: "Sequence[str]") -> "ssl.SSLContext":
        import ssl  # noqa: PLC0415 - only who serves TLS pays for it

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        limit_versions(context, self.min_version, self.max_version)
        if alpn:
            context.set_alpn_protocols(alpn)
        try:
            load_chain(context, pems.cert, pems.key)
            if pems.client_ca:
                context.load_verify_locations(cadata=pems.client_ca.decode("ascii"))
                context.verify_mode = ssl.CERT_REQUIRED
        except (ssl.SSLError, UnicodeDecodeError) as error:
            raise StartError(f"a file or text of `tls` is not usable: {error}") from error
        return context
