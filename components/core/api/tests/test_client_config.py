import ssl

import pytest

from penstock_api import (
    BuildInfo,
    ConfigError,
    GrpcClientConfig,
    HttpClientConfig,
    StartError,
    TlsClientConfig,
    decode,
)
from penstock_testkit import make_settings


def test_grpc_defaults_are_the_collectors():
    config = decode(GrpcClientConfig, {})
    assert (config.compression, config.balancer_name, config.wait_for_ready) == ("gzip", "round_robin", False)
    assert (config.write_buffer_size, config.keepalive, config.tls) == (524288, None, TlsClientConfig())


def test_present_keepalive_section_is_on():
    keepalive = decode(GrpcClientConfig, {"keepalive": None}).keepalive
    assert (keepalive.time, keepalive.timeout, keepalive.permit_without_stream) == (10, 10, False)


@pytest.mark.parametrize(
    ("config", "target", "plaintext"),
    [
        ({"endpoint": "host:4317"}, "host:4317", False),
        ({"endpoint": "host:4317", "tls": {"insecure": True}}, "host:4317", True),
        ({"endpoint": "http://host:4317"}, "host:4317", True),
        ({"endpoint": "https://host:4317/", "tls": {"insecure": True}}, "host:4317", False),
        ({"endpoint": "dns:///host:4317"}, "dns:///host:4317", False),
        ({"endpoint": "dns://1.1.1.1/host:4317"}, "dns://1.1.1.1/host:4317", False),
        ({"endpoint": "unix:///run/a.sock", "tls": {"insecure": True}}, "unix:///run/a.sock", True),
        ({"endpoint": "[::1]:4317"}, "[::1]:4317", False),
    ],
)
def test_grpc_endpoint_says_where_and_how(config, target, plaintext):
    config = decode(GrpcClientConfig, config)
    assert (config.target, config.plaintext) == (target, plaintext)


def test_http_defaults_are_the_collectors():
    config = decode(HttpClientConfig, {})
    assert (config.max_idle_conns, config.max_idle_conns_per_host, config.idle_conn_timeout) == (100, 0, 90)
    assert (config.compression, config.timeout, config.cookies) == ("", 0, None)


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        (GrpcClientConfig, {"endpoint": "host"}, "`endpoint` must be host:port: 'host'"),
        (GrpcClientConfig, {"endpoint": "http://host"}, "`endpoint` must be host:port: 'host'"),
        (GrpcClientConfig, {"endpoint": "host:otlp"}, "invalid port \"otlp\" in `endpoint`: 'host:otlp'"),
        (GrpcClientConfig, {"endpoint": "[::1]"}, "`endpoint` must be host:port: '[::1]'"),
        (
            GrpcClientConfig,
            {"headers": {"a b": "canary"}},
            "`headers` has a name or value that gRPC forbids: 'a b'",
        ),
        (
            GrpcClientConfig,
            {"headers": {"a": "canary\n"}},
            "`headers` has a value that ends with a line break: 'a'",
        ),
        (
            HttpClientConfig,
            {"headers": {"a": "canary\r\n"}},
            "`headers` has a value that ends with a line break: 'a'",
        ),
        (
            HttpClientConfig,
            {"headers": {"a": "canary\x00"}},
            "`headers` has a name or value that HTTP forbids: 'a'",
        ),
        (
            HttpClientConfig,
            {"endpoint": "user:canary@host"},
            "`endpoint` must be a URL such as https://host:port/path",
        ),
        (HttpClientConfig, {"endpoint": "ftp://u:canary@host"}, "path: '[REDACTED]@host'"),
        (HttpClientConfig, {"proxy_url": "http://h:99999"}, "`proxy_url` must be a URL such as"),
        (
            HttpClientConfig,
            {"compression": "gzip", "compression_params": {"level": 10}},
            "`compression_params.level` does not exist for 'gzip': 10",
        ),
        (
            HttpClientConfig,
            {"compression": "zstd", "compression_params": {"level": 2}},
            "`compression_params.level` does not exist for 'zstd': 2",
        ),
        (TlsClientConfig, {"ca_file": "a", "ca_pem": "b"}, "`ca_file` and `ca_pem` exclude each other"),
        (TlsClientConfig, {"cert_file": "a"}, "a certificate needs its key: `key_file` is missing"),
        (TlsClientConfig, {"key_pem": "canary"}, "a key needs its certificate: `cert_file` is missing"),
        (
            TlsClientConfig,
            {"min_version": "1.3", "max_version": "1.2"},
            "`max_version` must not be below `min_version` 1.3: 1.2",
        ),
    ],
)
def test_mistakes_are_named_without_secrets(model, value, message):
    with pytest.raises(ConfigError) as caught:
        decode(model, value)
    assert message in str(caught.value)
    assert "canary" not in str(caught.value)


def test_missing_authorities_are_a_start_error(tmp_path):
    with pytest.raises(StartError, match=r"^`tls.ca_file` cannot be read: .*: No such file or directory$"):
        TlsClientConfig(ca_file=str(tmp_path / "ca.pem")).context(make_settings("exporter", "otlp"))


def test_broken_authorities_are_a_start_error(tmp_path):
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(StartError, match=r"^the authorities, certificate or key of `tls` cannot be used: "):
        TlsClientConfig(ca_file=str(tmp_path / "ca.pem")).context(make_settings("exporter", "otlp"))


def test_context_follows_the_versions_and_checks_the_server():
    context = TlsClientConfig(min_version="1.3", max_version="1.3").context(make_settings("exporter", "otlp"))
    assert (context.minimum_version, context.maximum_version) == (
        ssl.TLSVersion.TLSv1_3,
        ssl.TLSVersion.TLSv1_3,
    )
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_context_without_verification():
    context = TlsClientConfig(insecure_skip_verify=True).context(make_settings("exporter", "otlp"))
    assert (context.check_hostname, context.verify_mode) == (False, ssl.CERT_NONE)


def test_user_agent_names_the_collector_and_the_machine():
    agent = BuildInfo(command="pencol", description="Penstock Collector", version="1.2.3").user_agent
    head, _, machine = agent.partition(" (")
    assert head == "Penstock Collector/1.2.3"
    assert machine.rstrip(")").count("/") == 1
