"""TLS of a client: whom it trusts, and the certificate that it shows."""

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

__all__ = ("ClientPems", "TlsClientConfig")

_NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True, repr=False)
class ClientPems:
    """What a client trusts and presents, in PEM; empty for the system's authorities, and for nothing."""

    ca: bytes
    cert: bytes
    key: bytes


class TlsClientConfig(Config):
    """The `tls` section of a client. Without the section the client speaks TLS."""

    insecure: bool = False
    """Speak plain text instead of TLS. An endpoint that starts with `https://` overrides it."""
    insecure_skip_verify: bool = False
    """Do not check who the server is. Anybody on the way can read and change what is sent."""
    server_name_override: str = ""
    """Name to expect in the server's certificate, instead of the endpoint's."""
    ca_file: str = ""
    """Path of the authorities to trust, in PEM, instead of the system's."""
    ca_pem: Secret = _NO_SECRET
    """The authorities themselves, instead of `ca_file`."""
    include_system_ca_certs_pool: bool = False
    """Trust the system's authorities as well."""
    cert_file: str = ""
    """Path of the client's certificate in PEM, for servers that ask for one."""
    cert_pem: Secret = _NO_SECRET
    """The certificate itself, instead of `cert_file`."""
    key_file: str = ""
    """Path of the certificate's private key in PEM."""
    key_pem: Secret = _NO_SECRET
    """The private key itself, instead of `key_file`."""
    min_version: Literal["1.2", "1.3"] = "1.2"
    """The oldest version of TLS to accept."""
    max_version: Literal["", "1.2", "1.3"] = ""
    """The newest version of TLS to accept; empty for the newest there is."""
    reload_interval: Duration = Field(default=0.0, ge=0)
    """Look into the files again after this long, for connections that are made later; 0 is never."""

    @model_validator(mode="after")
    def _check_tls(self) -> "TlsClientConfig":
        for name in ("ca", "cert", "key"):
            if getattr(self, f"{name}_file") and getattr(self, f"{name}_pem"):
                raise ValueError(f"`{name}_file` and `{name}_pem` exclude each other")
        has_cert, has_key = self.cert_file or self.cert_pem, self.key_file or self.key_pem
        if has_cert and not has_key:
            raise ValueError("a certificate needs its key: `key_file` is missing")
        if has_key and not has_cert:
            raise ValueError("a key needs its certificate: `cert_file` is missing")
        if self.max_version and self.max_version < self.min_version:
            raise ValueError(
                f"`max_version` must not be below `min_version` {self.min_version}: {self.max_version}"
            )
        return self

    def read(self) -> ClientPems:
        """The PEMs, read from their files now. Raises `StartError`."""
        return ClientPems(
            read_pem("ca_file", self.ca_file, self.ca_pem) if self.ca_file or self.ca_pem else b"",
            read_pem("cert_file", self.cert_file, self.cert_pem) if self.cert_file or self.cert_pem else b"",
            read_pem("key_file", self.key_file, self.key_pem) if self.key_file or self.key_pem else b"",
        )

    def context(self, settings: Follower, alpn: "Sequence[str]" = ()) -> "ssl.SSLContext":
        """A context for clients, which offers the protocols `alpn`. Raises `StartError`."""
        return follow(self.read, lambda pems: self._build(pems, alpn), settings, self.reload_interval)

    def _build(self, pems: ClientPems, alpn: "Sequence[str]") -> "ssl.SSLContext":
        import ssl  # noqa: PLC0415 - only who speaks TLS pays for it

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        limit_versions(context, self.min_version, self.max_version)
        if alpn:
            context.set_alpn_protocols(alpn)
        if not pems.ca or self.include_system_ca_certs_pool:
            context.load_default_certs()
        try:
            if pems.ca:
                context.load_verify_locations(cadata=pems.ca.decode("ascii"))
            if pems.cert:
                load_chain(context, pems.cert, pems.key)
        except (ssl.SSLError, UnicodeDecodeError) as error:
            raise StartError(
                f"the authorities, certificate or key of `tls` cannot be used: {error}"
            ) from error
        if self.insecure_skip_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
