"""The config types that servers share."""

import pytest

from penstock_api import (
    ConfigError,
    GrpcServerConfig,
    HttpServerConfig,
    TlsServerConfig,
    decode,
    split_endpoint,
)


@pytest.mark.parametrize(
    ("endpoint", "parts"),
    [
        ("localhost:4317", ("localhost", 4317)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        (":4317", ("", 4317)),
        ("[::1]:4317", ("::1", 4317)),
        ("[::]:65535", ("::", 65535)),
    ],
)
def test_an_endpoint_is_host_and_port(endpoint, parts):
    assert split_endpoint(endpoint) == parts


@pytest.mark.parametrize("endpoint", ["", "localhost", "4317", "localhost:", "a:65536", "a:-1", "a:b", "a:²"])
def test_what_is_not_host_and_port_is_refused(endpoint):
    with pytest.raises(ValueError, match="`endpoint` must be host:port: "):
        split_endpoint(endpoint)


@pytest.mark.parametrize("endpoint", ["::1:4317", "http://a:1", "a b:1", "[::1:4317"])
def test_a_host_that_cannot_be_one_is_refused(endpoint):
    with pytest.raises(ValueError, match="`endpoint` must be host:port, an IPv6 host in brackets: "):
        split_endpoint(endpoint)


@pytest.mark.parametrize("model", [GrpcServerConfig, HttpServerConfig])
def test_the_endpoint_is_checked_unless_it_is_a_path(model):
    with pytest.raises(ConfigError, match="`endpoint` must be host:port: 'here'"):
        decode(model, {"endpoint": "here"})
    assert decode(model, {"endpoint": "/run/here.sock", "transport": "unix"}).endpoint == "/run/here.sock"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "a server needs a certificate and its key: `cert_file` is missing"),
        ({"cert_file": "a"}, "a server needs a certificate and its key: `key_file` is missing"),
        ({"key_pem": "a"}, "a server needs a certificate and its key: `cert_file` is missing"),
        (
            {"cert_file": "a", "cert_pem": "b", "key_file": "c"},
            "`cert_file` and `cert_pem` exclude each other",
        ),
        ({"cert_file": "a", "key_file": "b", "key_pem": "c"}, "`key_file` and `key_pem` exclude each other"),
        (
            {"cert_file": "a", "key_file": "b", "min_version": "1.3", "max_version": "1.2"},
            "`max_version` must not be below `min_version` 1.3: 1.2",
        ),
        (
            {"cert_file": "a", "key_file": "b", "min_version": "1.1"},
            "min_version: expected '1.2' or '1.3': '1.1'",
        ),
    ],
)
def test_mistakes_in_tls_are_named(value, problem):
    with pytest.raises(ConfigError, match=problem):
        decode(TlsServerConfig, value)


def test_a_key_never_shows():
    tls = decode(TlsServerConfig, {"cert_pem": "public", "key_pem": "very private"})
    assert "very private" not in repr(tls)
    assert "very private" not in repr(tls.read())
    assert "very private" not in tls.model_dump_json()


def test_sizes_that_are_zero_are_the_default():
    assert decode(GrpcServerConfig, {"endpoint": "a:1"}).max_message_bytes == 4 * 1024 * 1024
    grpc = decode(GrpcServerConfig, {"endpoint": "a:1", "max_recv_msg_size_mib": 16})
    assert grpc.max_message_bytes == 16 * 1024 * 1024
    http = decode(HttpServerConfig, {"endpoint": "a:1", "max_request_body_size": 0})
    assert http.max_body_bytes == 20 * 1024 * 1024


@pytest.mark.parametrize("key", ["max_recv_msg_size_mib", "max_concurrent_streams"])
def test_sizes_are_not_negative(key):
    with pytest.raises(ConfigError, match=f"{key}: .*greater than or equal to 0"):
        decode(GrpcServerConfig, {"endpoint": "a:1", key: -1})


@pytest.mark.parametrize("headers", [{"bad name": "x"}, {"x-a": "line\r\nbreak"}, {"": "x"}, {"x": "☃"}])
def test_response_headers_that_http_forbids_are_refused(headers):
    with pytest.raises(ConfigError, match="`response_headers` has a name or value that HTTP forbids: "):
        decode(HttpServerConfig, {"endpoint": "a:1", "response_headers": headers})


def test_keepalive_sections_are_off_until_they_are_written():
    assert decode(GrpcServerConfig, {"endpoint": "a:1"}).keepalive is None
    parameters = {"max_connection_age": "1m", "time": "10s"}
    value = {"server_parameters": parameters, "enforcement_policy": {"permit_without_stream": True}}
    keepalive = decode(GrpcServerConfig, {"endpoint": "a:1", "keepalive": value}).keepalive
    assert keepalive.server_parameters.max_connection_age == 60
    assert keepalive.enforcement_policy.permit_without_stream
