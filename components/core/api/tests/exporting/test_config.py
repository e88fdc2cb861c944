import pytest

from penstock_api import ConfigError, decode
from penstock_api.exporting import QueueBatchConfig, QueueConfig, RetryConfig, TimeoutConfig


def test_defaults_are_the_collectors():
    assert decode(TimeoutConfig, {}).timeout == 5
    retry = decode(RetryConfig, {})
    assert (retry.initial_interval, retry.randomization_factor, retry.multiplier) == (5, 0.5, 1.5)
    assert (retry.max_interval, retry.max_elapsed_time) == (30, 300)
    queue = decode(QueueConfig, {})
    assert (queue.num_consumers, queue.queue_size, queue.sizer, queue.batch) == (10, 1000, "requests", None)
    assert (queue.block_on_overflow, queue.wait_for_result) == (False, False)


@pytest.mark.parametrize("batch", [None, {}])
def test_present_batch_section_is_on(batch):
    assert decode(QueueConfig, {"batch": batch}).batch == QueueBatchConfig()


@pytest.mark.parametrize(
    ("queue", "sizer"),
    [
        ({"batch": {}}, "items"),
        ({"sizer": "bytes", "batch": {}}, "items"),
        ({"sizer": "bytes", "batch": {"min_size": 10}}, "bytes"),
        ({"sizer": "items", "batch": {"min_size": 10, "sizer": "bytes"}}, "bytes"),
        ({"batch": {"min_size": 10}}, "items"),
    ],
)
def test_batch_takes_over_the_sizer_written_for_the_queue(queue, sizer):
    config = decode(QueueConfig, queue)
    assert config.batch.sizer == sizer
    assert decode(QueueConfig, config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        (TimeoutConfig, {"timeout": "-1s"}, "`timeout` must not be negative: -1s"),
        (RetryConfig, {"initial_interval": "-1s"}, "`initial_interval` must not be negative: -1s"),
        (RetryConfig, {"max_interval": "-2s"}, "`max_interval` must not be negative: -2s"),
        (RetryConfig, {"max_elapsed_time": "-3s"}, "`max_elapsed_time` must not be negative: -3s"),
        (RetryConfig, {"multiplier": -1.0}, "`multiplier` must not be negative: -1.0"),
        (
            RetryConfig,
            {"randomization_factor": 1.5},
            "`randomization_factor` must be between 0 and 1: 1.5",
        ),
        (
            RetryConfig,
            {"max_elapsed_time": "4s"},
            "`max_elapsed_time` must not be less than `initial_interval`: 4s",
        ),
        (
            RetryConfig,
            {"max_elapsed_time": "20s"},
            "`max_elapsed_time` must not be less than `max_interval`: 20s",
        ),
        (QueueConfig, {"num_consumers": 0}, "`num_consumers` must be positive: 0"),
        (QueueConfig, {"queue_size": 0}, "`queue_size` must be positive: 0"),
        (QueueConfig, {"sizer": "spans"}, "sizer: expected 'requests', 'items' or 'bytes': 'spans'"),
        (QueueConfig, {"storag": "db"}, "storag: unknown key\n  hint: did you mean `storage`?"),
        (
            QueueConfig,
            {"sizer": "items", "batch": {"min_size": 1001}},
            "`batch.min_size` must not be above `queue_size`: 1001",
        ),
        (
            QueueConfig,
            {"sizer": "requests", "batch": {"min_size": 1}},
            "`batch` supports only the `sizer` items or bytes: 'requests'",
        ),
        (QueueBatchConfig, {"flush_timeout": 0}, "`flush_timeout` must be positive: 0s"),
        (QueueBatchConfig, {"min_size": -1}, "`min_size` must not be negative: -1"),
        (QueueBatchConfig, {"max_size": -1}, "`max_size` must not be negative: -1"),
        (
            QueueBatchConfig,
            {"min_size": 10, "max_size": 9},
            "`max_size` must be 0 or at least `min_size`: 9",
        ),
        (
            QueueBatchConfig,
            {"partition": {"metadata_keys": ["a", "A"]}},
            "`metadata_keys` must be unique, ignoring case: 'A'",
        ),
    ],
)
def test_mistakes_are_named(model, value, message):
    with pytest.raises(ConfigError) as caught:
        decode(model, value)
    assert message in str(caught.value)
