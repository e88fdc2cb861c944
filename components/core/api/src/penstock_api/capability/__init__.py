"""Capabilities: small typed contracts that a component asks an extension for.

An extension's factory offers handles under a `CapabilityKey`; a component claims a handle once, when it is
created, through `Settings.capabilities`, and keeps it for life. The contracts are a closed set: this folder.
"""

from penstock_api.capability.api_key import (
    API_KEY,
    API_KEY_AUTHORIZER,
    ApiKey,
    ApiKeyAuthorizer,
    ApiKeyProvider,
)
from penstock_api.capability.authorizing import (
    Allow,
    AuthorizedIdentity,
    Decision,
    Deny,
    DenyReason,
    KnownSecrets,
)
from penstock_api.capability.basic import (
    BASIC_AUTHORIZER,
    BASIC_CREDENTIALS,
    BasicAuthorizer,
    BasicCredentials,
    BasicCredentialsProvider,
)
from penstock_api.capability.bearer import (
    BEARER_TOKEN_AUTHORIZER,
    BEARER_TOKEN_PROVIDER,
    USABLE_MARGIN_SECONDS,
    BearerToken,
    BearerTokenAuthorizer,
    BearerTokenProvider,
)
from penstock_api.capability.claims import NO_CAPABILITIES, Capabilities
from penstock_api.capability.dataset import DATASET_LOOKUP, Dataset, DatasetLookup
from penstock_api.capability.errors import (
    CapabilityAlreadyConsumedError,
    CapabilityClaimError,
    CapabilityCycleError,
    CapabilityError,
    CapabilityNotBoundError,
    CapabilityNotProvidedError,
    ExtensionNotFoundError,
    UnknownCapabilityError,
)
from penstock_api.capability.key import CapabilityKey, known_capabilities
from penstock_api.capability.quota import RATE_LIMITER, RateLimiter
from penstock_api.capability.storage import KEY_VALUE_STORE, Delete, KeyValueStore, Put
from penstock_api.capability.watch import Publisher, Watch, watch_channel

__all__ = (
    "API_KEY",
    "API_KEY_AUTHORIZER",
    "BASIC_AUTHORIZER",
    "BASIC_CREDENTIALS",
    "BEARER_TOKEN_AUTHORIZER",
    "BEARER_TOKEN_PROVIDER",
    "DATASET_LOOKUP",
    "KEY_VALUE_STORE",
    "NO_CAPABILITIES",
    "RATE_LIMITER",
    "USABLE_MARGIN_SECONDS",
    "Allow",
    "ApiKey",
    "ApiKeyAuthorizer",
    "ApiKeyProvider",
    "AuthorizedIdentity",
    "BasicAuthorizer",
    "BasicCredentials",
    "BasicCredentialsProvider",
    "BearerToken",
    "BearerTokenAuthorizer",
    "BearerTokenProvider",
    "Capabilities",
    "CapabilityAlreadyConsumedError",
    "CapabilityClaimError",
    "CapabilityCycleError",
    "CapabilityError",
    "CapabilityKey",
    "CapabilityNotBoundError",
    "CapabilityNotProvidedError",
    "Dataset",
    "DatasetLookup",
    "Decision",
    "Delete",
    "Deny",
    "DenyReason",
    "ExtensionNotFoundError",
    "KeyValueStore",
    "KnownSecrets",
    "Publisher",
    "Put",
    "RateLimiter",
    "UnknownCapabilityError",
    "Watch",
    "known_capabilities",
    "watch_channel",
)
