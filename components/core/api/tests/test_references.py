"""Extensions that a config names are found where they stand."""

from typing import Annotated

import pytest
from pydantic import Field

from penstock_api import Config, ConfigError, Section, decode
from penstock_api.capability import known_capabilities
from penstock_api.config import (
    ClientAuthConfig,
    ExtensionRef,
    Reference,
    ServerAuthConfig,
    Slot,
    StorageId,
    references,
)


class _Server(Config):
    auth: Section[ServerAuthConfig] = None


class _Protocols(Config):
    grpc: Annotated[Section[_Server], Slot("grpc")] = None
    http: Annotated[Section[_Server], Slot("http")] = None


class _All(Config):
    protocols: _Protocols = _Protocols()
    auth: Section[ClientAuthConfig] = None
    storage: StorageId = ""
    more: tuple[ClientAuthConfig, ...] = ()
    named: dict[str, ClientAuthConfig] = Field(default_factory=dict)
    other: str = "not an extension"


AUTHORIZERS = ("bearer_token_authorizer", "basic_authorizer", "api_key_authorizer")
CREDENTIALS = ("bearer_token_provider", "basic_credentials", "api_key")


def test_references_are_found_with_path_slot_and_what_is_wanted():
    one = {"authenticator": "a"}
    config = decode(
        _All,
        {
            "protocols": {"grpc": {"auth": one}, "http": {"auth": {"authenticator": "b"}}},
            "auth": {"authenticator": "c"},
            "storage": "db/1",
            "more": [one],
            "named": {"x": one},
        },
    )
    assert list(references(config)) == [
        Reference(("protocols", "grpc", "auth", "authenticator"), "a", AUTHORIZERS, "grpc"),
        Reference(("protocols", "http", "auth", "authenticator"), "b", AUTHORIZERS, "http"),
        Reference(("auth", "authenticator"), "c", CREDENTIALS),
        Reference(("storage",), "db/1", ("key_value_store",)),
        Reference(("more", 0, "authenticator"), "a", CREDENTIALS),
        Reference(("named", "x", "authenticator"), "a", CREDENTIALS),
    ]


def test_a_config_that_names_none_has_no_references():
    assert list(references(_All())) == []
    assert list(references(decode(_All, {"protocols": {"grpc": None}, "auth": {"enabled": False}}))) == []


@pytest.mark.parametrize("value", [{}, None, {"authenticator": ""}])
def test_a_section_without_an_authenticator_is_an_error(value):
    with pytest.raises(ConfigError, match="auth::authenticator: "):
        decode(_All, {"auth": value})


def test_what_configs_want_are_capabilities():
    wanted = {name for kind in (AUTHORIZERS, CREDENTIALS, ("key_value_store",)) for name in kind}
    assert wanted <= set(known_capabilities())
    assert ExtensionRef(("key_value_store",)) in _All.model_fields["storage"].metadata
