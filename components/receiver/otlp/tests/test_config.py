import pytest

from penstock_api import ConfigError, Signal, decode
from penstock_receiver_otlp import OtlpReceiverConfig


def read(protocols):
    return decode(OtlpReceiverConfig, {"protocols": protocols})


def test_bare_keys_turn_both_protocols_on_with_loopback_defaults():
    protocols = read({"grpc": None, "http": None}).protocols
    assert protocols.grpc.endpoint == "localhost:4317"
    assert protocols.grpc.max_message_bytes == 4 * 1024 * 1024
    assert protocols.http.endpoint == "localhost:4318"
    assert protocols.http.max_body_bytes == 20 * 1024 * 1024
    assert [protocols.http.path(signal) for signal in Signal] == ["/v1/traces", "/v1/metrics", "/v1/logs"]


def test_a_protocol_that_is_not_named_is_off():
    assert read({"grpc": None}).protocols.http is None
    assert read({"http": None}).protocols.grpc is None


@pytest.mark.parametrize("value", [{}, {"protocols": None}, {"protocols": {"grpc": {"enabled": False}}}])
def test_at_least_one_protocol_is_needed(value):
    with pytest.raises(ConfigError, match="must specify at least one protocol when using the OTLP receiver"):
        decode(OtlpReceiverConfig, value)


def test_an_unknown_protocol_is_refused():
    with pytest.raises(ConfigError, match="protocols::thrift: unknown key"):
        read({"thrift": None})


def test_a_path_gets_its_leading_slash():
    assert read({"http": {"traces_url_path": "in/traces"}}).protocols.http.traces_url_path == "/in/traces"


def test_two_signals_cannot_share_a_path():
    with pytest.raises(ConfigError, match="each signal needs a path of its own: /in"):
        read({"http": {"traces_url_path": "/in", "logs_url_path": "in"}})


def test_a_compression_that_is_not_supported_is_refused():
    with pytest.raises(ConfigError, match="compression_algorithms::0: expected '', 'gzip', 'zstd'"):
        read({"http": {"compression_algorithms": ["snappy"]}})
