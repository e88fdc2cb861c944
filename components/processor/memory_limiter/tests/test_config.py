import pytest

from penstock_api import ConfigError, decode
from penstock_processor_memory_limiter import MemoryLimiterConfig

MINIMAL = {"check_interval": "1s", "limit_mib": 100}


def test_minimal_config_has_the_documented_defaults():
    config = decode(MemoryLimiterConfig, MINIMAL)
    assert (config.spike_limit_mib, config.limit_percentage, config.spike_limit_percentage) == (0, 0, 0)
    assert config.min_gc_interval_when_soft_limited == 10.0
    assert config.min_gc_interval_when_hard_limited == 0.0
    assert config.max_gc_interval_when_soft_limited == config.max_gc_interval_when_hard_limited == 30.0


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"check_interval": "0s"}, "`check_interval` must be greater than 0: 0"),
        ({"limit_mib": 0}, "`limit_mib` or `limit_percentage` must be greater than 0: 0"),
        ({"spike_limit_mib": 100}, "`spike_limit_mib` must be below `limit_mib` 100: 100"),
        (
            {"limit_mib": 0, "limit_percentage": 50, "spike_limit_percentage": 60},
            "`spike_limit_percentage` must be below `limit_percentage` 50: 60",
        ),
        ({"limit_percentage": 101}, "limit_percentage: .*less than or equal to 100: 101"),
        (
            {"min_gc_interval_when_soft_limited": "1s", "min_gc_interval_when_hard_limited": "2s"},
            "`min_gc_interval_when_soft_limited` must not be below `min_gc_interval_when_hard_limited` 2s: 1s",
        ),
        (
            {"max_gc_interval_when_soft_limited": "20s"},
            "`max_gc_interval_when_soft_limited` must not be below `max_gc_interval_when_hard_limited` 30s: 20s",
        ),
        (
            {"min_gc_interval_when_soft_limited": "40s"},
            "`max_gc_interval_when_soft_limited` must not be below `min_gc_interval_when_soft_limited` 40s: 30s",
        ),
        (
            {"min_gc_interval_when_hard_limited": "9s", "max_gc_interval_when_hard_limited": "8s"},
            "`max_gc_interval_when_hard_limited` must not be below `min_gc_interval_when_hard_limited` 9s: 8s",
        ),
    ],
)
def test_a_wrong_limit_or_interval_is_refused(changes, problem):
    with pytest.raises(ConfigError, match=problem):
        decode(MemoryLimiterConfig, MINIMAL | changes)
