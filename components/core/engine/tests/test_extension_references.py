"""Extensions named in a component's config become bindings, or problems that say where."""

from penstock_api import Config, Section
from penstock_api.capability import (
    API_KEY,
    KEY_VALUE_STORE,
    RATE_LIMITER,
    CapabilityNotProvidedError,
    ExtensionNotFoundError,
)
from penstock_api.config import ClientAuthConfig, StorageId
from penstock_engine.extensions import Binding, Declaration, bind_references


class _Config(Config):
    auth: Section[ClientAuthConfig] = None
    storage: StorageId = ""


IN_SCOPE = {
    name: Declaration(id=name, label=f"extension {name}", capabilities=keys)
    for name, keys in (
        ("key/eu", (API_KEY,)),
        ("db", (KEY_VALUE_STORE,)),
        ("quota", (RATE_LIMITER,)),
        ("health", ()),
    )
}


def found(in_scope=IN_SCOPE, **values):
    config = _Config.model_validate(values)
    return list(bind_references('"otlp" exporter', config, ("exporters", "otlp"), in_scope))


def test_what_the_extension_offers_of_what_is_wanted_is_bound():
    assert found(auth={"authenticator": "key/eu"}, storage="db") == [
        Binding(
            capability="api_key", extensions=("key/eu",), path=("exporters", "otlp", "auth", "authenticator")
        ),
        Binding(capability="key_value_store", extensions=("db",), path=("exporters", "otlp", "storage")),
    ]
    assert found() == []


def test_an_extension_that_is_not_there_is_told_with_those_that_would_do():
    [one] = found(auth={"authenticator": "keys/eu"})
    assert one.path == ("exporters", "otlp", "auth", "authenticator")
    assert isinstance(one.error, ExtensionNotFoundError)
    assert str(one.error) == (
        '"otlp" exporter names an extension that is not configured: keys/eu\n  hint: did you mean `key/eu`?'
    )
    [one] = found(storage="x")
    assert one.error.hint == "key_value_store is offered by db"
    [one] = found({}, storage="x")
    assert one.error.hint == "no extension here offers key_value_store"


def test_an_extension_that_does_not_offer_it_is_another_error():
    [one] = found(auth={"authenticator": "quota"})
    assert isinstance(one.error, CapabilityNotProvidedError)
    assert str(one.error) == (
        '"otlp" exporter names an extension that does not offer bearer_token_provider, basic_credentials or '
        "api_key: quota\n"
        "  hint: `quota` offers rate_limiter; bearer_token_provider, basic_credentials or api_key is offered by "
        "key/eu"
    )
    [one] = found(storage="health")
    assert one.error.hint == "`health` offers nothing; key_value_store is offered by db"
