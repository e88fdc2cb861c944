import pytest

from penstock_api import ConfigError, decode
from penstock_extension_zpages import ZPagesConfig


def test_empty_config_is_the_default():
    config = decode(ZPagesConfig, {})
    assert config == ZPagesConfig()
    assert (config.endpoint, config.expvar.enabled, config.tls) == ("localhost:55679", False, None)


def test_an_endpoint_needs_a_port():
    with pytest.raises(ConfigError, match="`endpoint` must be host:port: 'localhost'"):
        decode(ZPagesConfig, {"endpoint": "localhost"})
