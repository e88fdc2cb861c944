"""What the user writes under `extensions.oauth2_client`."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration, Secret, TlsClientConfig, check_url
from penstock_api.capability import USABLE_MARGIN_SECONDS

__all__ = ("Oauth2ClientConfig",)


class Oauth2ClientConfig(Config):
    """Gets bearer tokens by client credentials (RFC 6749 section 4.4), and newer ones before they end."""

    client_id: str = ""
    """The id of the client."""
    client_id_file: str = ""
    """A file with the id, instead of `client_id`. It is read for every request."""
    client_secret: Secret = Secret("")
    """The secret of the client."""
    client_secret_file: str = ""
    """A file with the secret, instead of `client_secret`. It is read for every request."""
    token_url: str = ""
    """Where tokens are given; must be set."""
    scopes: tuple[str, ...] = ()
    """What to ask for."""
    endpoint_params: Mapping[str, str] = Field(default_factory=dict)
    """More to send with the request, such as `audience`."""
    auth_style: Literal["header", "body"] = "header"
    """Where id and secret go: into the header of basic authentication, or into the body."""
    tls: TlsClientConfig = TlsClientConfig()
    """TLS of an `https://` address."""
    timeout: Duration = Field(default=10.0, gt=0)
    """Longest time that a request may take."""
    expiry_buffer: Duration = Field(default=300.0, gt=0)
    """How long before a token ends it is renewed; at most half of its life."""
    startup_timeout: Duration = Field(default=0.0, ge=0)
    """How long to hold everything else back until the first token is there; 0 does not wait for it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.token_url:
            raise ValueError("`token_url` must be set: ''")
        check_url("token_url", self.token_url)
        if bool(self.client_id) == bool(self.client_id_file):
            raise ValueError("one of `client_id` and `client_id_file` must be set")
        if bool(self.client_secret) == bool(self.client_secret_file):
            raise ValueError("one of `client_secret` and `client_secret_file` must be set")
        if self.expiry_buffer <= USABLE_MARGIN_SECONDS:
            raise ValueError(
                f"`expiry_buffer` must be more than {USABLE_MARGIN_SECONDS:g}s, in which no token is used: "
                f"{self.expiry_buffer:g}s"
            )
        return self
