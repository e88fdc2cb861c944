import pytest

from penstock_api import ConfigError, decode
from penstock_exporter_otlp_grpc import OtlpGrpcConfig, factory


def test_defaults_are_the_collectors():
    config = decode(OtlpGrpcConfig, {"endpoint": "localhost:4317"})
    assert (config.timeout, config.compression, config.write_buffer_size) == (5, "gzip", 524288)
    assert config.retry_on_failure.max_elapsed_time == 300
    assert (config.sending_queue.queue_size, config.sending_queue.batch) == (1000, None)
    assert not config.plaintext


def test_queue_and_retry_can_be_turned_off():
    off = {"enabled": False}
    config = decode(
        OtlpGrpcConfig, {"endpoint": "localhost:4317", "retry_on_failure": off, "sending_queue": off}
    )
    assert (config.retry_on_failure, config.sending_queue) == (None, None)


def test_the_old_name_is_an_alias():
    assert (factory.kind, factory.aliases) == ("otlp_grpc", ("otlp",))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, 'requires a non-empty "endpoint"'),
        ({"endpoint": "localhost"}, "`endpoint` must be host:port: 'localhost'"),
        ({"endpoint": "localhost:x"}, "invalid port \"x\" in `endpoint`: 'localhost:x'"),
        ({"endpoint": "h:1", "timeout": "-1s"}, "`timeout` must not be negative: -1s"),
        (
            {"endpoint": "h:1", "compression": "snappy"},
            "`compression` must be gzip, deflate, zstd or none: 'snappy'",
        ),
        ({"endpoint": "h:1", "sending_queue": {"storag": "file"}}, "sending_queue::storag: unknown key"),
    ],
)
def test_mistakes_are_named(value, message):
    with pytest.raises(ConfigError) as caught:
        decode(OtlpGrpcConfig, value)
    assert message in str(caught.value)
