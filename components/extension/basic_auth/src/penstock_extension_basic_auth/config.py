"""What the user writes under `extensions.basic_auth`."""

from typing import Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration, Secret, Section

__all__ = ("BasicAuthConfig", "ClientAuthConfig", "HtpasswdConfig")


class ClientAuthConfig(Config):
    """What exporters send."""

    username: str = ""
    """The user name."""
    username_file: str = ""
    """A file with the user name, instead of `username`."""
    password: Secret = Secret("")
    """The password."""
    password_file: str = ""
    """A file with the password, instead of `password`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.username) == bool(self.username_file):
            raise ValueError("one of `username` and `username_file` must be set")
        if bool(self.password) == bool(self.password_file):
            raise ValueError("one of `password` and `password_file` must be set")
        if ":" in self.username:
            raise ValueError(f"`username` cannot hold a colon: {self.username}")
        return self


class HtpasswdConfig(Config):
    """Whom receivers let in, in the format of Apache's `htpasswd -B`: `name:hash`, one a line."""

    file: str = ""
    """The file."""
    inline: Secret = Secret("")
    """The lines themselves; of a name that `file` has too, these count."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.file or self.inline):
            raise ValueError("one of `file` and `inline` must be set: neither is")
        return self


class BasicAuthConfig(Config):
    """User names and passwords (RFC 7617): what exporters send, and whom receivers let in."""

    client_auth: Section[ClientAuthConfig] = None
    """What exporters send."""
    htpasswd: Section[HtpasswdConfig] = None
    """Whom receivers let in."""
    refresh_interval: Duration = Field(default=10.0, gt=0)
    """How often to look whether one of the files has changed."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.client_auth is None and self.htpasswd is None:
            raise ValueError("one of `client_auth` and `htpasswd` must be set: neither is")
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that is read."""
        client, users = self.client_auth, self.htpasswd
        named = (client and client.username_file, client and client.password_file, users and users.file)
        return tuple(name for name in named if name)
