import pytest

from penstock_api import ConfigError, Signal, decode
from penstock_exporter_otlp_http import OtlpHttpConfig, factory
from penstock_testkit import make_settings

E = "http://localhost:4318"


def test_defaults_are_the_collectors():
    config = decode(OtlpHttpConfig, {"endpoint": E})
    assert (config.timeout, config.compression, config.encoding) == (30, "gzip", "proto")
    assert (config.write_buffer_size, config.max_idle_conns) == (524288, 100)
    assert config.retry_on_failure.max_elapsed_time == 300
    assert (config.sending_queue.queue_size, config.sending_queue.batch) == (1000, None)


def test_the_old_name_is_an_alias():
    assert (factory.kind, factory.aliases) == ("otlp_http", ("otlphttp",))


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://h:1", "http://h:1/v1/traces"),
        ("http://h:1/", "http://h:1/v1/traces"),
        ("https://h/otlp", "https://h/otlp/v1/traces"),
    ],
)
def test_the_path_of_the_signal_is_added(endpoint, url):
    assert decode(OtlpHttpConfig, {"endpoint": endpoint}).url(Signal.TRACES) == url


@pytest.mark.parametrize("signal", Signal)
def test_the_endpoint_of_a_signal_is_used_as_it_is(signal):
    config = decode(OtlpHttpConfig, {"endpoint": E, f"{signal}_endpoint": "http://other/x/"})
    assert config.url(signal) == "http://other/x/"


def test_a_signal_without_endpoint_cannot_be_made():
    config = decode(OtlpHttpConfig, {"traces_endpoint": E})
    factory.create_traces(make_settings("exporter"), config)
    with pytest.raises(ConfigError, match=r"^either endpoint or logs_endpoint must be specified$"):
        factory.create_logs(make_settings("exporter"), config)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "at least one endpoint must be specified"),
        ({"endpoint": "localhost:4318"}, "`endpoint` must be a URL such as https://host:port/path: "),
        ({"logs_endpoint": "x"}, "`logs_endpoint` must be a URL such as https://host:port/path: 'x'"),
        ({"endpoint": E, "timeout": "-1s"}, "timeout: "),
        ({"endpoint": E, "encoding": "xml"}, "encoding: expected 'proto' or 'json': 'xml'"),
        (
            {"endpoint": E, "compression": "lz4"},
            "`compression` must be gzip, zstd, deflate, zlib or none: 'lz4'",
        ),
        ({"endpoint": E, "sending_queue": {"storag": "file"}}, "sending_queue::storag: unknown key"),
    ],
)
def test_mistakes_are_named(value, message):
    with pytest.raises(ConfigError) as caught:
        decode(OtlpHttpConfig, value)
    assert message in str(caught.value)
