import asyncio
import gzip
import json
import logging
import zlib

import pytest
import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from penstock_api import Deadline, PermanentError, RetryableError, Signal, StartError, Traces, decode
from penstock_exporter_otlp_http import OtlpHttpConfig, factory
from penstock_testkit import make, make_settings, names_of, running, start, traces

OFF = {"enabled": False}


def exporter(endpoint, signal=Signal.TRACES, settings=None, **config):
    """Without queue and retry, unless told otherwise: the caller sees what the server answers."""
    value = {"endpoint": f"http://{endpoint}", "retry_on_failure": OFF, "sending_queue": OFF, **config}
    create = getattr(factory, f"create_{signal}")
    return create(settings or make_settings("exporter", "otlp_http"), decode(OtlpHttpConfig, value))


UNPACK = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "zlib": zlib.decompress,
    "zstd": zstandard.decompress,
    "none": bytes,
    "": bytes,
}


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("compression", UNPACK)
async def test_every_signal_reaches_its_path_unchanged(backend, signal, compression):
    batch = make(signal, 3)
    async with running(exporter(backend.endpoint, signal, compression=compression)) as sending:
        await sending.consume(batch)
    ((path, headers, body),) = backend.requests
    assert (path, headers["content-type"]) == (f"/v1/{signal}", "application/x-protobuf")
    assert headers.get("content-encoding", "none") == (compression or "none")
    assert UNPACK[compression](body) == batch.to_bytes()


@pytest.mark.parametrize(
    ("compression", "level"), [("gzip", 9), ("gzip", -1), ("deflate", 1), ("zlib", 6), ("zstd", 11)]
)
async def test_levels_of_compression(backend, compression, level):
    config = {"compression": compression, "compression_params": {"level": level}}
    async with running(exporter(backend.endpoint, **config)) as sending:
        await sending.consume(traces(3))
    assert UNPACK[compression](backend.requests[0][2]) == traces(3).to_bytes()


async def test_json_is_sent_as_otlp_json(backend):
    async with running(exporter(backend.endpoint, encoding="json", compression="none")) as sending:
        await sending.consume(traces(2))
    ((_, headers, body),) = backend.requests
    assert headers["content-type"] == "application/json"
    assert len(json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"]) == 32
    assert names_of(Traces.from_json(body)) == ["span-0", "span-1"]


async def test_headers_and_the_collectors_name_are_sent(backend):
    headers = {"X-Tenant": "é", "Host": "other.example.com"}
    async with running(exporter(backend.endpoint, headers=headers)) as sending:
        await sending.consume(traces(1))
    assert backend.headers["x-tenant"].encode("latin-1").decode() == "é"
    assert backend.headers["host"] == "other.example.com"
    assert backend.headers["user-agent"].startswith("a collector under test/0.0.0 (")


async def test_the_users_user_agent_wins(backend):
    async with running(exporter(backend.endpoint, headers={"User-Agent": "me"})) as sending:
        await sending.consume(traces(1))
    assert backend.headers["user-agent"] == "me"


@pytest.mark.parametrize(("config", "connections"), [({}, 1), ({"disable_keep_alives": True}, 3)])
async def test_connections_are_kept_unless_told_otherwise(backend, config, connections):
    async with running(exporter(backend.endpoint, **config)) as sending:
        for _ in range(3):
            await sending.consume(traces(1))
    assert backend.connections == connections


@pytest.mark.parametrize(("config", "cookie"), [({}, None), ({"cookies": {}}, "a=b")])
async def test_cookies_are_kept_only_if_wanted(backend, config, cookie):
    backend.answer(200, set_cookie="a=b")
    async with running(exporter(backend.endpoint, **config)) as sending:
        for _ in range(2):
            await sending.consume(traces(1))
    assert backend.headers.get("cookie") == cookie


async def test_a_proxy_is_used(backend):
    config = {"proxy_url": f"http://{backend.endpoint}"}
    async with running(exporter("server.invalid:4318", **config)) as sending:
        await sending.consume(traces(1))
    assert backend.requests[0][0] == "http://server.invalid:4318/v1/traces"


async def test_the_proxy_of_the_environment_is_used(backend, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://{backend.endpoint}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with running(exporter("server.invalid:4318")) as sending:
        await sending.consume(traces(1))
    assert backend.requests[0][0] == "http://server.invalid:4318/v1/traces"


async def test_a_proxy_of_the_environment_that_is_wrong_is_found_at_start(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "ftp://proxy")
    with pytest.raises(StartError, match=r"^the proxy in the environment cannot be used: "):
        await start(exporter("localhost:1"))


@pytest.mark.parametrize("status", [200, 202, 204, 299])
async def test_every_2xx_is_success(backend, status):
    backend.answer(status)
    async with running(exporter(backend.endpoint)) as sending:
        await sending.consume(traces(1))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_retryable_statuses(backend, status):
    backend.answer(status, retry_after="7")
    async with running(exporter(backend.endpoint)) as sending:
        with pytest.raises(RetryableError, match=rf"responded with HTTP Status Code {status}$") as caught:
            await sending.consume(traces(1))
    assert caught.value.after == (7 if status in (429, 503) else None)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 405, 413, 415, 500, 501, 505])
async def test_permanent_statuses(backend, status):
    backend.answer(status, location="/elsewhere")
    async with running(exporter(backend.endpoint)) as sending:
        with pytest.raises(PermanentError, match=rf"responded with HTTP Status Code {status}$"):
            await sending.consume(traces(1))
    assert len(backend.requests) == 1


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (
            ExportTraceServiceResponse(
                partial_success={"rejected_spans": 2, "error_message": "too old"}
            ).SerializeToString(),
            "application/x-protobuf",
        ),
        (b'{"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too old"}}', "application/json"),
    ],
)
async def test_partial_success_is_logged_and_counts_as_sent(backend, caplog, body, media):
    settings = make_settings("exporter")
    backend.answer(200, body, content_type=media)
    async with running(exporter(backend.endpoint, settings=settings)) as sending:
        await sending.consume(traces(5))
    (record,) = [one for one in caplog.records if one.name.startswith("penstock")]
    assert (record.message, record.error, record.dropped_items) == ("Partial success response", "too old", 2)
    assert settings.meter.value("otelcol_exporter_sent_spans") == 5
    assert len(backend.requests) == 1


@pytest.mark.parametrize("media", ["application/x-protobuf", "application/json"])
async def test_a_response_that_cannot_be_read_is_permanent(backend, media):
    backend.answer(200, b"\xff", content_type=media)
    async with running(exporter(backend.endpoint)) as sending:
        with pytest.raises(PermanentError, match=r"^the server's response cannot be read: "):
            await sending.consume(traces(1))


@pytest.mark.parametrize("media", ["text/html", ""])
async def test_a_response_of_another_type_is_ignored(backend, media):
    backend.answer(200, b"<html>", content_type=media)
    async with running(exporter(backend.endpoint)) as sending:
        await sending.consume(traces(1))


async def test_of_a_large_response_little_is_read(backend):
    backend.answers.append(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n" + b"x" * 200_000)
    async with running(exporter(backend.endpoint)) as sending:
        await sending.consume(traces(1))  # would wait for ever for the rest


async def test_a_response_that_breaks_off_still_has_its_status(backend):
    backend.answers.append(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno chunk\r\n")
    async with running(exporter(backend.endpoint)) as sending:
        await sending.consume(traces(1))


async def test_a_slow_server_is_given_up(backend):
    backend.hang, settings = True, make_settings("exporter")
    async with running(exporter(backend.endpoint, settings=settings)) as sending:
        call = asyncio.gather(sending.consume(traces(1)), return_exceptions=True)
        await backend.came.wait()
        await settings.clock.advance(30)
        (error,) = await call
    assert isinstance(error, RetryableError)
    assert str(error) == "not sent within 30s"


async def test_a_backend_that_is_down_is_retryable(port):
    async with running(exporter(f"user:canary@127.0.0.1:{port}")) as sending:
        with pytest.raises(RetryableError, match=rf"^no response from http://127.0.0.1:{port}/v1/traces: "):
            await sending.consume(traces(1))


async def test_a_server_that_does_not_speak_http_is_retryable(backend):
    backend.answers.append(b"SSH-2.0-OpenSSH\r\n\r\n")
    async with running(exporter(backend.endpoint)) as sending:
        with pytest.raises(RetryableError, match=r"ProtocolError: the peer does not speak HTTP/1\.1"):
            await sending.consume(traces(1))


async def test_a_backend_that_comes_up_later_gets_everything_once(stopped, port, real_clock):
    settings = make_settings("exporter", clock=real_clock)
    retry = {"initial_interval": "10ms", "max_interval": "10ms"}
    sending = exporter(f"127.0.0.1:{port}", settings=settings, sending_queue={}, retry_on_failure=retry)
    await sending.start()
    await sending.consume(traces(3))
    async with stopped.serving(port):
        await stopped.came.wait()
        await sending.shutdown(Deadline.after(settings.clock, 5))
    assert [gzip.decompress(body) for _, _, body in stopped.requests] == [traces(3).to_bytes()]
    assert settings.meter.value("otelcol_exporter_sent_spans") == 3
    assert settings.meter.value("otelcol_exporter_queue_size") == 0


async def test_what_failed_is_sent_again(backend, real_clock):
    settings = make_settings("exporter", clock=real_clock)
    retry = {"initial_interval": "1ms", "max_interval": "1ms"}
    backend.answer(503)
    backend.answer(429, retry_after="0")
    async with running(
        exporter(backend.endpoint, settings=settings, retry_on_failure=retry), clock=real_clock
    ) as sending:
        await sending.consume(traces(2))
    assert len(backend.requests) == 3
    assert settings.meter.value("otelcol_exporter_sent_spans") == 2


async def test_no_secret_is_logged(backend, caplog):
    caplog.set_level(logging.DEBUG, logger="penstock")
    backend.answer(503)
    config = {"headers": {"authorization": "canary"}}
    async with running(exporter(f"canary:canary@{backend.endpoint}", **config)) as sending:
        with pytest.raises(RetryableError):
            await sending.consume(traces(1))
    assert "canary" not in "".join(
        str(vars(one)) for one in caplog.records if one.name.startswith("penstock")
    )
    assert [one for one in caplog.records if one.name == "httpx"] == []


async def test_stop_without_start_and_twice():
    settings = make_settings("exporter")
    sending = exporter("127.0.0.1:1", settings=settings)
    for _ in range(2):
        await sending.shutdown(Deadline.after(settings.clock, 1))
