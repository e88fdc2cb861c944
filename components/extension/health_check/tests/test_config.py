import pytest

from penstock_api import ConfigError, decode
from penstock_extension_health_check import HealthCheckConfig


def test_empty_config_is_the_default():
    config = decode(HealthCheckConfig, {})
    assert config == HealthCheckConfig()
    assert (config.endpoint, config.path, config.response_body, config.tls) == (
        "localhost:13133",
        "/",
        None,
        None,
    )


@pytest.mark.parametrize("path", ["", "health"])
def test_a_path_must_start_with_a_slash(path):
    with pytest.raises(ConfigError, match=f"`path` must start with `/`: '{path}'"):
        decode(HealthCheckConfig, {"path": path})


def test_an_endpoint_needs_a_port():
    with pytest.raises(ConfigError, match="`endpoint` must be host:port: 'localhost'"):
        decode(HealthCheckConfig, {"endpoint": "localhost"})
