import pytest

from penstock_api import ConfigError, decode
from penstock_exporter_debug import DebugConfig


def test_empty_config_is_the_default():
    config = decode(DebugConfig, {})
    assert config == DebugConfig()
    assert (config.verbosity, config.sampling_initial, config.sampling_thereafter) == ("basic", 2, 1)
    assert (config.use_internal_logger, config.output_paths) == (True, ("stdout",))


def test_output_paths_need_the_internal_logger_off():
    with pytest.raises(ConfigError, match="`output_paths` needs `use_internal_logger: false`: stderr"):
        decode(DebugConfig, {"output_paths": ["stderr"]})


def test_an_empty_list_of_outputs_is_refused():
    with pytest.raises(ConfigError, match=r"`output_paths` must name at least one output: \[\]"):
        decode(DebugConfig, {"use_internal_logger": False, "output_paths": []})


def test_an_unknown_verbosity_is_refused():
    with pytest.raises(ConfigError, match="verbosity: expected 'basic', 'normal' or 'detailed': 'loud'"):
        decode(DebugConfig, {"verbosity": "loud"})
