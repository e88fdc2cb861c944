import re
import socket
from html.parser import HTMLParser

import httpx
import pytest

from penstock_api import (
    ComponentId,
    Components,
    FeatureGateView,
    Kind,
    PipelineView,
    Registered,
    StartError,
    Status,
    StatusEvent,
    decode,
)
from penstock_extension_zpages import ZPagesConfig, factory
from penstock_testkit import FakeClock, FakeHost, make_extension_settings, running, start, stop

START_NS = 1_767_366_244_000_000_000  # 2026-01-02T15:04:04Z
NASTY = '<script>alert("1")</script>'


class GatedHost(FakeHost):
    def feature_gates(self):
        return (
            FeatureGateView(
                id="a.gate", enabled=True, stage="Beta", description="a < b", from_version="0.1.0"
            ),
            FeatureGateView(id="b.gate", enabled=False, stage="Alpha", description="later"),
        )


class Service:
    """Running pages, and the host that they show."""

    def __init__(self, host: FakeHost | None = None, **config) -> None:
        self.host, self.clock = host or FakeHost(), FakeClock(wall_ns=START_NS)
        self.host.started_wall_ns = START_NS
        self.settings = make_extension_settings("zpages", host=self.host, clock=self.clock)
        config = decode(ZPagesConfig, {"endpoint": "127.0.0.1:0", **config})
        self.extension = factory.create(self.settings, config).lifecycle

    def running(self):
        return running(self.extension, clock=self.clock)

    async def get(self, path: str, method: str = "GET") -> httpx.Response:
        host, port = self.extension.address
        async with httpx.AsyncClient(verify=False) as client:
            return await client.request(method, f"http://{host}:{port}{path}")

    async def text(self, path: str) -> str:
        """The text of a page, as a reader sees it; cells are divided by ` | `."""
        answer = await self.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return visible(answer.text)

    def emit(self, kind: Kind, name: str, status=Status.OK, error="", pipelines=("traces",)) -> None:
        event = StatusEvent(
            kind=kind,
            id=ComponentId.parse(name),
            status=status,
            error=error,
            pipelines=pipelines,
            wall_ns=START_NS,
        )
        self.host.emit(event)


class _Reader(HTMLParser):
    """Checks that elements are closed in order, and collects what is visible."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in ("td", "th", "dt", "dd", "h1", "h2"):
            self.seen.append(" | ")

    def handle_data(self, data):
        if "style" not in self.open and "title" not in self.open:
            self.seen.append(data)


def visible(page: str) -> str:
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    return re.sub(r"\s+", " ", "".join(reader.seen))


@pytest.mark.parametrize("path", ["/", "/debug", "/debug/"])
async def test_the_index_lists_the_pages(path):
    service = Service()
    async with service.running():
        answer = await service.get(path)
    assert answer.status_code == 200
    assert set(re.findall(r'href="([^"]+)"', answer.text)) == {
        "/debug",
        "/debug/servicez",
        "/debug/pipelinez",
        "/debug/extensionz",
    }


async def test_every_page_that_is_listed_exists():
    service = Service(GatedHost(), expvar={"enabled": True})
    async with service.running():
        listed = set(re.findall(r'href="([^"]+)"', (await service.get("/")).text))
        answers = [await service.get(path) for path in sorted(listed)]
    assert len(listed) == 6
    assert [answer.status_code for answer in answers] == [200] * 6


@pytest.mark.parametrize("path", ["/debug/tracez", "/debug/featurez", "/debug/expvarz", "/debug/nothing"])
async def test_a_page_that_does_not_exist_is_not_found_and_the_index_shown(path):
    service = Service()
    async with service.running():
        answer = await service.get(path)
    assert answer.status_code == 404
    assert f"There is no page at {path}." in visible(answer.text)
    assert "/debug/servicez" in answer.text


async def test_the_service_page_tells_which_collector_runs_and_since_when():
    service = Service()
    async with service.running():
        await service.clock.advance(93_784)
        text = await service.text("/debug/servicez")
    assert "Command | penstock-test |" in text
    assert "Version | 0.0.0 |" in text
    assert "Ready | yes | Ready since | 2026-01-02 15:04:04 UTC | Uptime | 1d 2h 3m 4s |" in text


async def test_a_service_that_is_not_ready_says_so():
    service = Service()
    service.host.ready, service.host.started_wall_ns = False, 0
    async with service.running():
        text = await service.text("/debug/servicez")
    assert "Ready | no | Ready since | | Uptime | |" in text


async def test_the_service_page_lists_components_with_their_status_and_error():
    service = Service()
    service.emit(Kind.RECEIVER, "otlp")
    service.emit(Kind.EXPORTER, "file/a", Status.RECOVERABLE_ERROR, "disk full", ("traces", "logs"))
    async with service.running():
        text = await service.text("/debug/servicez")
    assert "receiver | otlp | traces | OK | 2026-01-02 15:04:04 UTC |" in text
    assert "exporter | file/a | traces, logs | RecoverableError: disk full | 2026" in text


async def test_the_service_page_lists_what_the_distribution_carries():
    carried = Registered(factory=factory, project="penstock-extension-zpages", version="0.1.0")
    service = Service(FakeHost(Components(extensions=(carried,))))
    async with service.running():
        text = await service.text("/debug/servicez")
    assert "extension | zpages | penstock-extension-zpages | 0.1.0 |" in text


async def test_the_service_page_shows_own_metrics_without_buckets():
    service = Service()
    service.host.own_metrics = {
        "otelcol_process_uptime": 12345.5,
        'otelcol_sent{exporter="otlp/a",note="a,\\"b\\"\\n}"}': 1234567.0,
        'otelcol_size_bucket{le="10"}': 1.0,
    }
    async with service.running():
        text = await service.text("/debug/servicez")
    assert "otelcol_process_uptime | | 12,345.500 |" in text
    assert 'otelcol_sent | exporter=otlp/a, note=a,"b" } | 1,234,567 |' in text
    assert "otelcol_size_bucket" not in text


async def test_the_pipeline_page_shows_what_feeds_what():
    service = Service()
    service.host.own_pipelines = (
        PipelineView(
            id="traces/in",
            receivers=("otlp", "forward"),
            processors=("memory_limiter", "batch"),
            exporters=("debug",),
            mutates_data=True,
        ),
        PipelineView(id="logs", receivers=("otlp",), processors=(), exporters=("file",)),
    )
    service.emit(Kind.RECEIVER, "otlp")
    service.emit(Kind.CONNECTOR, "forward", Status.STARTING)
    async with service.running():
        text = await service.text("/debug/pipelinez")
    assert "traces/in (changes data) | otlp OK forward Starting→memory_limiter →batch →debug" in text
    assert "logs | otlp OK→file" in text


async def test_the_pipeline_page_shows_what_its_components_count_of_its_signal():
    service = Service()
    service.host.own_pipelines = (
        PipelineView(id="traces", receivers=("otlp",), processors=("batch",), exporters=("debug",)),
    )
    service.host.own_metrics = {
        'otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"}': 10.0,
        'otelcol_receiver_accepted_log_records{receiver="otlp",transport="grpc"}': 20.0,
        'otelcol_processor_incoming_items{otel_signal="traces",processor="batch"}': 30.0,
        'otelcol_processor_incoming_items{otel_signal="logs",processor="batch"}': 40.0,
        'otelcol_exporter_sent_spans{exporter="other"}': 50.0,
    }
    async with service.running():
        text = await service.text("/debug/pipelinez")
    assert "otelcol_receiver_accepted_spans | receiver=otlp, transport=grpc | 10 |" in text
    assert "otelcol_processor_incoming_items | otel_signal=traces, processor=batch | 30 |" in text
    assert not any(value in text for value in ("| 20 |", "| 40 |", "| 50 |"))


async def test_a_service_without_pipelines_has_an_empty_page():
    service = Service()
    async with service.running():
        assert "Pipelines | None." in await service.text("/debug/pipelinez")


async def test_the_extension_page_lists_extensions():
    service = Service()
    service.host.own_extensions = ("zpages", "engine")
    service.emit(Kind.EXTENSION, "engine", Status.PERMANENT_ERROR, "cannot read engine.yaml", ())
    async with service.running():
        text = await service.text("/debug/extensionz")
    assert "zpages | | engine | PermanentError: cannot read engine.yaml |" in text


async def test_the_feature_page_exists_where_there_are_gates():
    service = Service(GatedHost())
    async with service.running():
        text = await service.text("/debug/featurez")
    assert "a.gate | on | Beta | 0.1.0 | a < b |" in text
    assert "b.gate | off | Alpha | | later |" in text


async def test_metrics_as_json_are_served_when_enabled():
    service = Service(expvar={"enabled": True})
    service.host.own_metrics = {"otelcol_process_uptime": 1.5, "otelcol_odd": float("nan")}
    async with service.running():
        answer = await service.get("/debug/expvarz")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"otelcol_process_uptime": 1.5, "otelcol_odd": None}


@pytest.mark.parametrize("path", ["/debug/servicez", "/debug/pipelinez", "/debug/extensionz", f"/{NASTY}"])
async def test_nothing_that_is_shown_becomes_html(path):
    service = Service()
    service.host.own_extensions = ("engine",)
    service.host.own_pipelines = (
        PipelineView(id="traces", receivers=("otlp",), processors=(), exporters=("debug",)),
    )
    service.host.own_metrics = {f'm{{receiver="otlp",note="{NASTY}"}}': 1.0}
    service.emit(Kind.EXTENSION, "engine", Status.PERMANENT_ERROR, NASTY)
    service.emit(Kind.EXPORTER, "debug", Status.PERMANENT_ERROR, NASTY, (NASTY,))
    async with service.running():
        answer = await service.get(path)
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_head_is_answered_without_a_body_and_other_methods_are_refused():
    service = Service()
    async with service.running():
        head, post = await service.get("/debug", "HEAD"), await service.get("/debug", "POST")
    assert (head.status_code, head.content) == (200, b"")
    assert (post.status_code, post.text) == (405, "405 method not allowed, supported: [GET, HEAD]\n")


async def test_a_component_that_cannot_be_loaded_is_listed_like_the_others():
    host = FakeHost()
    host.components = Components(
        exporters=(Registered(name="broken", target="no_such_module:factory", project="own", version="7"),)
    )
    service = Service(host)
    async with service.running():
        assert "exporter | broken | own | 7" in await service.text("/debug/servicez")


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
async def test_a_metric_without_a_number_breaks_no_page(value):
    service = Service()
    service.host.own_metrics = {"otelcol_odd": value}
    async with service.running():
        assert f"otelcol_odd | | {value}" in await service.text("/debug/servicez")


async def test_a_port_in_use_stops_the_start():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        service = Service(endpoint=endpoint)
        with pytest.raises(
            StartError, match=f"cannot listen on `endpoint` {endpoint}: Address already in use"
        ):
            await start(service.extension)


async def test_shutdown_is_safe_without_start_and_twice():
    service = Service()
    assert service.extension.address == ("", 0)
    await stop(service.extension, clock=service.clock)
    await start(service.extension)
    await stop(service.extension, clock=service.clock)
    await stop(service.extension, clock=service.clock)
