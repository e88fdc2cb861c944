"""The small types of which configs are made."""

import json

import pytest
import trustme
from pydantic import Field

from penstock_api import (
    Config,
    ConfigError,
    Duration,
    Headers,
    Secret,
    Section,
    StartError,
    TlsServerConfig,
    decode,
)
from penstock_api.config import format_duration, parse_duration
from penstock_testkit import make_settings


class Inner(Config):
    size: int = 1


class Outer(Config):
    wait: Duration = 1.0
    inner: Section[Inner] = None
    headers: Headers = Field(default_factory=dict)
    token: Secret = Secret("")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("200ms", 0.2),
        ("1h30m", 5400),
        ("1.5s", 1.5),
        (".5m", 30),
        ("-2s", -2),
        ("3us", 3e-6),
        ("1ns", 1e-9),
    ],
)
def test_durations_are_read_as_the_collector_reads_them(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)
    assert parse_duration(format_duration(parse_duration(text))) == pytest.approx(seconds)
    assert decode(Outer, {"wait": text}).wait == pytest.approx(seconds)


def test_a_bare_number_is_nanoseconds():
    assert decode(Outer, {"wait": 1_500_000_000}).wait == 1.5


@pytest.mark.parametrize("value", ["", "5", "s", "1 s", "1d", "1s2", 1.5j, [], True])
def test_what_is_no_duration_is_refused(value):
    with pytest.raises(ConfigError, match='wait: not a duration such as "200ms", "5s" or "1h30m": '):
        decode(Outer, {"wait": value})


def test_a_section_is_off_when_absent_and_on_when_present():
    assert decode(Outer, {}).inner is None
    assert decode(Outer, {"inner": None}).inner == Inner()
    assert decode(Outer, {"inner": {"enabled": True, "size": 2}}).inner == Inner(size=2)
    assert decode(Outer, {"inner": {"enabled": False, "size": "wrong"}}).inner is None


def test_enabled_is_true_or_false():
    with pytest.raises(ConfigError, match="inner: `enabled` must be true or false: 'yes'"):
        decode(Outer, {"inner": {"enabled": "yes"}})


def test_headers_are_a_mapping_or_a_list():
    assert decode(Outer, {"headers": {"a": "b"}}).headers["a"].reveal() == "b"
    assert decode(Outer, {"headers": [{"name": "a", "value": "b"}]}).headers["a"].reveal() == "b"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([{"name": "a"}], "expected a mapping, or a list of {name, value}"),
        ([{"name": "a", "value": "1"}, {"name": "a", "value": "2"}], "duplicate keys in map-style list: a"),
        ({"a": 5}, "expected a string, got a value of type int"),
    ],
)
def test_mistakes_in_headers_are_named(value, problem):
    with pytest.raises(ConfigError, match=problem):
        decode(Outer, {"headers": value})


def test_a_secret_never_prints_unless_asked_to():
    config = decode(Outer, {"token": "hush", "headers": {"a": "hush"}})
    assert config.token.reveal() == "hush"
    for shown in (repr(config), str(config.token), f"{config.token}", config.model_dump_json()):
        assert "hush" not in shown
        assert "[REDACTED]" in shown
    plain = json.loads(config.model_dump_json(context={"unredacted": True}))
    assert (plain["token"], plain["headers"]) == ("hush", {"a": "hush"})


def test_a_secret_that_is_not_set_does_not_look_set():
    config = decode(Outer, {"token": ""})
    assert json.loads(config.model_dump_json())["token"] == ""


@pytest.fixture
def papers(tmp_path):
    """A certificate and its key: as TLS config, and as the text of both."""
    issued = trustme.CA().issue_cert("localhost")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    return {"cert_file": str(tmp_path / "cert.pem"), "key_file": str(tmp_path / "key.pem")}


def test_a_tls_context_is_made_of_files(papers):
    import ssl

    context = decode(TlsServerConfig, papers | {"min_version": "1.3"}).context(
        make_settings("receiver", "otlp")
    )
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.verify_mode is ssl.CERT_NONE


def test_clients_are_verified_where_their_authorities_are_named(papers):
    import ssl

    tls = decode(TlsServerConfig, papers | {"client_ca_file": papers["cert_file"]})
    assert tls.context(make_settings("receiver", "otlp")).verify_mode is ssl.CERT_REQUIRED


def test_tls_files_that_cannot_be_used_are_named(papers, tmp_path):
    missing = decode(TlsServerConfig, papers | {"cert_file": str(tmp_path / "none")})
    with pytest.raises(
        StartError, match=r"`tls\.cert_file` cannot be read: .*none: No such file or directory"
    ):
        missing.read()
    swapped = decode(TlsServerConfig, papers | {"cert_file": papers["key_file"]})
    with pytest.raises(StartError, match="a file or text of `tls` is not usable: "):
        swapped.context(make_settings("receiver", "otlp"))
