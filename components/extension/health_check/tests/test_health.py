import socket
import ssl

import httpx
import pytest
import trustme

from penstock_api import ComponentId, Kind, StartError, Status, StatusEvent, decode
from penstock_extension_health_check import HealthCheckConfig, factory
from penstock_testkit import FakeClock, FakeHost, make_extension_settings, running, start, stop

START_NS = 1_767_366_244_500_000_000  # 2026-01-02T15:04:04.5Z


class Service:
    """A running health check, and the host that it looks at."""

    def __init__(self, **config) -> None:
        self.host, self.clock = FakeHost(), FakeClock(wall_ns=START_NS)
        self.host.started_wall_ns = START_NS
        self.settings = make_extension_settings("health_check", host=self.host, clock=self.clock)
        config = decode(HealthCheckConfig, {"endpoint": "127.0.0.1:0", **config})
        self.extension = factory.create(self.settings, config).lifecycle

    def running(self):
        return running(self.extension, clock=self.clock)

    def url(self, path: str = "/", scheme: str = "http") -> str:
        host, port = self.extension.address
        return f"{scheme}://{host}:{port}{path}"

    async def get(self, path: str = "/", method: str = "GET") -> httpx.Response:
        async with httpx.AsyncClient(verify=False) as client:
            return await client.request(method, self.url(path))

    def fails(self, status: Status, error: str, kind=Kind.EXPORTER, name="file") -> None:
        self.host.emit(
            StatusEvent(
                kind=kind,
                id=ComponentId(name),
                status=status,
                pipelines=("traces",),
                error=error,
                wall_ns=START_NS,
            )
        )


async def test_a_service_that_has_started_is_healthy():
    service = Service()
    async with service.running():
        await service.clock.advance(3725.25)
        answer = await service.get()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "status": "Server available",
        "upSince": "2026-01-02T15:04:04.500Z",
        "uptime": "1h2m5.25s",
    }


@pytest.mark.parametrize(("seconds", "uptime"), [(0.5, "0.5s"), (59, "59s"), (61, "1m1s"), (3600, "1h0m0s")])
async def test_uptime_is_written_as_a_duration(seconds, uptime):
    service = Service()
    async with service.running():
        await service.clock.advance(seconds)
        assert (await service.get()).json()["uptime"] == uptime


async def test_health_follows_the_service_s_life():
    service = Service()
    service.host.ready = False
    async with service.running():
        before = await service.get()
        service.host.ready = True
        during = await service.get()
        service.host.ready = False
        stopping = await service.get()
    assert [before.status_code, during.status_code, stopping.status_code] == [503, 200, 503]
    assert before.json() == {
        "status": "Server not available",
        "upSince": "0001-01-01T00:00:00Z",
        "uptime": "",
    }


async def test_a_component_that_failed_fatally_makes_the_service_unhealthy():
    service = Service()
    async with service.running():
        service.fails(Status.FATAL_ERROR, "task died")
        assert (await service.get()).status_code == 503


@pytest.mark.parametrize("status", [Status.RECOVERABLE_ERROR, Status.PERMANENT_ERROR])
async def test_other_failures_show_only_when_asked_for(status):
    service = Service()
    async with service.running():
        service.fails(Status.OK, "", Kind.RECEIVER, "otlp")
        service.fails(status, "disk full")
        plain, verbose = await service.get(), await service.get("/?verbose")
    assert (plain.status_code, verbose.status_code) == (200, 200)
    assert "failing" not in plain.json()
    assert verbose.json()["failing"] == [
        {
            "component": "exporter:file",
            "pipelines": ["traces"],
            "status": status.value,
            "error": "disk full",
            "since": "2026-01-02T15:04:04.500Z",
        }
    ]


@pytest.mark.parametrize(
    ("query", "verbose"),
    [("?verbose=true", True), ("?verbose=1", True), ("?verbose=false", False), ("?other", False)],
)
async def test_verbose_may_have_a_value(query, verbose):
    service = Service()
    async with service.running():
        assert ("failing" in (await service.get(f"/{query}")).json()) is verbose


async def test_texts_of_the_user_are_answered_instead_of_json():
    service = Service(response_body={"healthy": "fine", "unhealthy": "hélas"})
    async with service.running():
        good = await service.get()
        service.host.ready = False
        bad = await service.get()
        verbose = await service.get("/?verbose")
    assert (good.status_code, good.text, bad.status_code, bad.text) == (200, "fine", 503, "hélas")
    assert good.headers["content-type"] == "text/plain; charset=utf-8"
    assert verbose.json()["failing"] == []


@pytest.mark.parametrize(
    ("own", "asked", "status"),
    [
        ("/", "/", 200),
        ("/", "/anything/at/all", 200),
        ("/health", "/health", 200),
        ("/health", "/health/more", 404),
        ("/health", "/", 404),
        ("/health/", "/health/more", 200),
    ],
)
async def test_the_path_is_answered_exactly_or_with_all_below_it(own, asked, status):
    service = Service(path=own)
    async with service.running():
        assert (await service.get(asked)).status_code == status


async def test_head_is_answered_without_a_body():
    service = Service()
    async with service.running():
        answer = await service.get(method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


async def test_tls_is_spoken_where_it_is_configured(tmp_path):
    ca = trustme.CA()
    certificate = ca.issue_cert("127.0.0.1")
    (tmp_path / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    (tmp_path / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    tls = {"cert_file": str(tmp_path / "cert.pem"), "key_file": str(tmp_path / "key.pem")}
    service, trusting = Service(tls=tls), ssl.create_default_context()
    ca.configure_trust(trusting)
    async with service.running(), httpx.AsyncClient(verify=trusting) as client:
        assert (await client.get(service.url(scheme="https"))).status_code == 200


async def test_a_port_in_use_stops_the_start():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        service = Service(endpoint=endpoint)
        with pytest.raises(
            StartError, match=f"cannot listen on `endpoint` {endpoint}: Address already in use"
        ):
            await start(service.extension)
        await stop(service.extension, clock=service.clock)


async def test_the_old_pipeline_check_is_accepted_and_said_to_have_no_effect(caplog):
    service = Service(check_collector_pipeline={"enabled": True, "interval": "5m"})
    async with service.running():
        assert (await service.get()).status_code == 200
    assert "`check_collector_pipeline` has no effect" in caplog.messages


async def test_shutdown_is_safe_without_start_and_twice():
    service = Service()
    assert service.extension.address == ("", 0)
    await stop(service.extension, clock=service.clock)
    await start(service.extension)
    await stop(service.extension, clock=service.clock)
    await stop(service.extension, clock=service.clock)
