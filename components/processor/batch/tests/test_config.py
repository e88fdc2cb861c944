import pytest

from penstock_api import ConfigError, decode
from penstock_processor_batch import BatchConfig


def test_empty_config_is_the_default():
    config = decode(BatchConfig, {})
    assert config == BatchConfig()
    assert (config.timeout, config.send_batch_size, config.send_batch_max_size) == (0.2, 8192, 0)
    assert (config.metadata_keys, config.metadata_cardinality_limit) == ((), 1000)


def test_maximum_below_the_size_is_refused():
    with pytest.raises(
        ConfigError, match="`send_batch_max_size` must not be below `send_batch_size` 8192: 1000"
    ):
        decode(BatchConfig, {"send_batch_max_size": 1000})


def test_maximum_equal_to_the_size_is_accepted():
    assert decode(BatchConfig, {"send_batch_size": 5, "send_batch_max_size": 5}).send_batch_max_size == 5


def test_metadata_keys_that_differ_in_case_only_are_refused():
    with pytest.raises(ConfigError, match=r"`metadata_keys` has a duplicate entry.*: 'Tenant'"):
        decode(BatchConfig, {"metadata_keys": ["tenant", "Tenant"]})


@pytest.mark.parametrize("key", ["send_batch_size", "send_batch_max_size", "metadata_cardinality_limit"])
def test_negative_numbers_are_refused(key):
    with pytest.raises(ConfigError, match=f"{key}: .*greater than or equal to 0: -1"):
        decode(BatchConfig, {key: -1})


def test_negative_timeout_is_refused():
    with pytest.raises(ConfigError, match=r"timeout: .*greater than or equal to 0"):
        decode(BatchConfig, {"timeout": "-1s"})
