"""Keys of capabilities, and what a component sees to which nothing was bound."""

import inspect
import pickle
from typing import Protocol

import pytest

from penstock_api import Settings, Signal, StartError
from penstock_api.capability import (
    BEARER_TOKEN_PROVIDER,
    KEY_VALUE_STORE,
    NO_CAPABILITIES,
    Allow,
    ApiKey,
    AuthorizedIdentity,
    BasicCredentials,
    BearerToken,
    CapabilityError,
    CapabilityNotBoundError,
    known_capabilities,
)
from penstock_api.capability.key import define
from penstock_api.topics import NO_TOPICS
from penstock_testkit import make_settings


def test_r_20_every_capability_is_a_small_protocol_under_a_stable_name():
    assert list(known_capabilities()) == [
        "api_key",
        "api_key_authorizer",
        "basic_authorizer",
        "basic_credentials",
        "bearer_token_authorizer",
        "bearer_token_provider",
        "dataset_lookup",
        "key_value_store",
        "rate_limiter",
    ]


@pytest.mark.parametrize("key", known_capabilities().values(), ids=str)
def test_r_22_a_contract_has_at_most_five_methods_and_nothing_else(key):
    public = {name: one for name, one in vars(key.contract).items() if not name.startswith("_")}
    assert 1 <= len(public) <= 5
    assert all(inspect.isfunction(one) for one in public.values())


def test_a_capability_cannot_be_defined_twice():
    with pytest.raises(ValueError, match="capability is defined twice: rate_limiter"):
        define("rate_limiter", object, "again")


def test_a_component_without_bindings_gets_none_or_a_remedy():
    capabilities = make_settings("exporter", "otlp").capabilities
    assert capabilities is NO_CAPABILITIES
    assert capabilities.optional(BEARER_TOKEN_PROVIDER) is None
    for claim in (capabilities.require, capabilities.require_all):
        with pytest.raises(CapabilityNotBoundError, match="no extension is bound for capability") as caught:
            claim(KEY_VALUE_STORE, "meta")
        assert str(caught.value).endswith(
            "key_value_store/meta\n  hint: write `capabilities: {key_value_store/meta: <extension>}` "
            "beside the node's `config`"
        )


def test_a_component_outside_a_service_has_no_topics():
    settings: Settings = make_settings("exporter", "topic")
    with pytest.raises(StartError, match="there are no topics here: raw"):
        NO_TOPICS.publisher("raw", Signal.LOGS)
    with pytest.raises(StartError, match="there are no topics here: raw"):
        NO_TOPICS.subscription("raw", Signal.LOGS, None, settings.tasks)


@pytest.mark.parametrize(
    ("expires_at", "usable"), [(None, True), (131.0, True), (130.0, False), (90.0, False)]
)
def test_a_token_close_to_its_end_is_not_usable(expires_at, usable):
    from penstock_api import Secret

    assert BearerToken(Secret("t"), expires_at).usable(100.0) is usable


def test_r_21_a_failed_call_tells_extension_capability_and_cause():
    with pytest.raises(
        CapabilityError, match="bearer_token_provider of extension idp failed: no answer"
    ) as caught:
        raise CapabilityError("idp", "bearer_token_provider", "no answer") from OSError("refused")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.extension, error.capability, error.message) == ("idp", "bearer_token_provider", "no answer")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("value", [BearerToken, BasicCredentials, ApiKey, AuthorizedIdentity, Allow])
def test_r_62_what_must_agree_is_one_frozen_value(value):
    assert value.__dataclass_params__.frozen


def test_r_20_no_contract_is_generic_or_built_on_another():
    for key in known_capabilities().values():
        assert key.contract.__bases__ == (Protocol,)
        assert not getattr(key.contract, "__parameters__", ())
