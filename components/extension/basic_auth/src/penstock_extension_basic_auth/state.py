"""What the files and the config say together: one value, so that its parts always agree."""

from dataclasses import dataclass

from penstock_api import Secret
from penstock_api.capability import BasicCredentials
from penstock_api.reloading import read_text
from penstock_extension_basic_auth.config import BasicAuthConfig, ClientAuthConfig, HtpasswdConfig
from penstock_extension_basic_auth.users import Users, read_users

__all__ = ("State", "load")

_NOBODY = BasicCredentials("", Secret(""))


@dataclass(frozen=True, slots=True)
class State:
    """What to send, and whom to let in."""

    credentials: BasicCredentials
    users: Users


def load(config: BasicAuthConfig) -> State:
    """Read every file. Raises `StartError`."""
    credentials = _credentials(config.client_auth) if config.client_auth is not None else _NOBODY
    users = _users(config.htpasswd) if config.htpasswd is not None else {}
    return State(credentials, Users(users))


def _credentials(config: ClientAuthConfig) -> BasicCredentials:
    username = read_text(config.username_file) if config.username_file else config.username
    password = Secret(read_text(config.password_file)) if config.password_file else config.password
    return BasicCredentials(username, password)


def _users(config: HtpasswdConfig) -> dict[str, str]:
    found = read_users(read_text(config.file), config.file) if config.file else {}
    return found | read_users(config.inline.reveal(), "inline")
