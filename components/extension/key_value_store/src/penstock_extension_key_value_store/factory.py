"""The factory of the key-value store."""

from penstock_api import Active, Cloned, ExtensionFactory, ExtensionSettings, Stability
from penstock_api.capability import KEY_VALUE_STORE
from penstock_extension_key_value_store.config import KeyValueStoreConfig

__all__ = ("factory",)


def _create(settings: ExtensionSettings, config: KeyValueStoreConfig) -> Active:
    from penstock_extension_key_value_store.store import Handle, Keeping, Store  # noqa: PLC0415 - with SQLite

    store = Store(settings, config)
    return Active(Keeping(store), Cloned(KEY_VALUE_STORE, Handle(store.get, store.apply, store.keys)))


factory = ExtensionFactory(
    kind="key_value_store",
    config=KeyValueStoreConfig,
    create=_create,
    capabilities=(KEY_VALUE_STORE,),
    stability={"extension": Stability.BETA},
)
