"""Other implementations in front of us and behind us, over sockets: curl, the SDK, rotel; plain text, TLS, mTLS."""

import asyncio
import contextlib
import importlib.util
import shutil
import subprocess
from pathlib import Path

import grpc
import pytest
import trustme
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from penstock_api import RetryableError, Signal, decode
from penstock_engine.clock import LoopClock
from penstock_exporter_otlp_grpc import factory as grpc_out
from penstock_exporter_otlp_http import factory as http_out
from penstock_receiver_otlp import factory as otlp_in
from penstock_testkit import RecordingConsumer, make, make_settings, names_of, running, traces

from .ends import free_port

OFF = {"enabled": False}
CREATE = {Signal.TRACES: "create_traces", Signal.METRICS: "create_metrics", Signal.LOGS: "create_logs"}
CURL = shutil.which("curl")


def find_rotel() -> str:
    """The peer's program; none where its wheel does not fit the platform, or this Python has no shared library."""
    found = importlib.util.find_spec("rotel")
    if found is None:
        return ""
    program = str(Path(str(found.origin)).with_name("rotel-agent"))
    runs = subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    return program if runs else ""


ROTEL = find_rotel()
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed")
needs_rotel = pytest.mark.skipif(not ROTEL, reason="rotel does not run here")


class Papers:
    """Files of an authority, and of certificates of a server and a client."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca = str(folder / "ca.pem")
        authority.cert_pem.write_to_path(self.ca)
        for name, host in (("server", "localhost"), ("client", "client@example.com")):
            issued = (
                authority.issue_cert(host, "127.0.0.1") if name == "server" else authority.issue_cert(host)
            )
            issued.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
            issued.private_key_pem.write_to_path(folder / f"{name}.key")
        self.folder = folder

    def files(self, name: str) -> tuple[str, str]:
        return str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")

    def serving(self, kind: str) -> dict[str, str] | None:
        """The `tls` of a server: none, its certificate, or clients' as well."""
        cert, key = self.files("server")
        own = {"cert_file": cert, "key_file": key}
        return {"plain": None, "tls": own, "mtls": own | {"client_ca_file": self.ca}}[kind]


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    return Papers(tmp_path_factory.mktemp("papers"))


@contextlib.asynccontextmanager
async def receiving(tls=None):
    """Our receiver: its ports, and what came for each signal."""
    settings = make_settings("receiver", "otlp", clock=LoopClock())
    ends = {name: {"endpoint": "localhost:0"} | ({"tls": tls} if tls else {}) for name in ("grpc", "http")}
    sinks = {signal: RecordingConsumer() for signal in Signal}
    config = decode(otlp_in.config, {"protocols": ends})
    for signal, sink in sinks.items():
        receiver = getattr(otlp_in, CREATE[signal])(settings, config, sink)
    async with running(receiver, clock=settings.clock):
        yield {name: port for name, (_, port) in receiver.addresses.items()}, sinks


async def run(*command: str, body: bytes = b"") -> str:
    """What a command prints, given `body`."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    out, problem = await process.communicate(body)
    assert process.returncode == 0, problem.decode()
    return out.decode()


@needs_curl
@pytest.mark.parametrize("kind", ["plain", "tls", "mtls"])
@pytest.mark.parametrize("option", ["--http1.1", "--http2", "--http1.0", "--expect100-timeout"])
async def test_curl_posts_to_us(papers, kind, option):
    cert, key = papers.files("client")
    options = ["--cacert", papers.ca] + (["--cert", cert, "--key", key] if kind == "mtls" else [])
    patience = ["600", "-H", "expect: 100-continue"]  # longer than a test may take: it must be told to go on
    options += [option, *patience] if "expect" in option else [option]
    async with receiving(papers.serving(kind)) as (ports, sinks):
        scheme = "http" if kind == "plain" else "https"
        status = await run(
            *(str(CURL), "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-", *options),
            *(
                "-H",
                "content-type: application/x-protobuf",
                f"{scheme}://localhost:{ports['http']}/v1/traces",
            ),
            body=traces(500).to_bytes(),
        )
    assert status == "200"
    assert sinks[Signal.TRACES].items == 500


@needs_curl
async def test_curl_without_a_certificate_is_refused_where_one_is_needed(papers):
    async with receiving(papers.serving("mtls")) as (ports, sinks):
        with pytest.raises(AssertionError, match="curl: "):
            await run(
                str(CURL),
                "-sS",
                "--cacert",
                papers.ca,
                "-d",
                "x",
                f"https://localhost:{ports['http']}/v1/traces",
            )
    assert sinks[Signal.TRACES].offered == []


def sdk_exporter(papers: Papers, protocol: str, kind: str, port: int):
    """The SDK's exporter of spans."""
    cert, key = papers.files("client") if kind == "mtls" else (None, None)
    if protocol == "http":
        scheme = "http" if kind == "plain" else "https"
        return HttpSpans(
            f"{scheme}://localhost:{port}/v1/traces",
            certificate_file=papers.ca,
            client_certificate_file=cert,
            client_key_file=key,
        )
    if kind == "plain":
        return GrpcSpans(f"localhost:{port}", insecure=True)
    texts = [Path(one).read_bytes() if one else None for one in (papers.ca, key, cert)]
    return GrpcSpans(f"https://localhost:{port}", credentials=grpc.ssl_channel_credentials(*texts))


@pytest.mark.parametrize("kind", ["plain", "tls", "mtls"])
@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_the_sdk_sends_to_us(papers, monkeypatch, protocol, kind):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # which win over what the SDK is told
        monkeypatch.delenv(name, raising=False)
    async with receiving(papers.serving(kind)) as (ports, sinks):

        def send_spans() -> None:
            provider = TracerProvider()
            provider.add_span_processor(
                BatchSpanProcessor(sdk_exporter(papers, protocol, kind, ports[protocol]))
            )
            for number in range(5):
                provider.get_tracer("test").start_span(f"span-{number}").end()
            provider.shutdown()  # sends what has not been sent

        await asyncio.to_thread(send_spans)
    assert names_of(sinks[Signal.TRACES].batches[0]) == [f"span-{number}" for number in range(5)]


@contextlib.asynccontextmanager
async def rotel(folder: Path, *options: str):
    """A running rotel; where it listens."""
    with free_port() as first, free_port() as second:
        ports = {"grpc": first, "http": second}
        process = await asyncio.create_subprocess_exec(
            ROTEL,
            "start",
            *(f"--otlp-{name}-endpoint=127.0.0.1:{port}" for name, port in ports.items()),
            *(f"--pid-file={folder / 'pid'}", f"--log-file={folder / 'log'}", "--exporter=otlp", *options),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield ports
        finally:
            process.terminate()
            await process.wait()


def exporter(protocol, port, signal):
    """Our exporter to a local port; tries again while nobody listens there yet."""
    settings = make_settings("exporter", f"otlp_{protocol}", clock=LoopClock())
    value = {"sending_queue": OFF, "retry_on_failure": OFF, "tls": {"insecure": True}}
    value["endpoint"] = f"127.0.0.1:{port}" if protocol == "grpc" else f"http://127.0.0.1:{port}"
    factory = grpc_out if protocol == "grpc" else http_out
    return getattr(factory, CREATE[signal])(settings, decode(factory.config, value))


async def send(sending, batch):
    """Send `batch` as soon as there is somebody to take it."""
    async with asyncio.timeout(20):
        while True:
            try:
                await sending.consume(batch)
            except RetryableError:
                await asyncio.sleep(0.05)  # rotel does not say when it listens
            else:
                return


@needs_rotel
@pytest.mark.parametrize("kind", ["plain", "tls"])
@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_rotel_behind_us_and_in_front_of_us_passes_every_signal_on(papers, tmp_path, protocol, kind):
    # This version of rotel refuses every certificate and authority that it is given: it can only not verify.
    tls = ["--otlp-exporter-tls-skip-verify"] if kind == "tls" else []
    scheme = "http" if kind == "plain" else "https"
    async with receiving(papers.serving(kind)) as (ports, sinks):
        target = f"--otlp-exporter-endpoint={scheme}://localhost:{ports[protocol]}"
        async with rotel(tmp_path, target, f"--otlp-exporter-protocol={protocol}", *tls) as behind:
            for signal in Signal:
                async with running(
                    exporter(protocol, behind[protocol], signal), clock=LoopClock()
                ) as sending:
                    await send(sending, make(signal, 50))
            async with asyncio.timeout(20):
                for sink in sinks.values():
                    while sink.items < 50:
                        await sink.tried(len(sink.offered) + 1)
        assert sorted(names_of(sinks[Signal.TRACES].batches[0])) == sorted(names_of(make(Signal.TRACES, 50)))
        assert {signal: sink.items for signal, sink in sinks.items()} == dict.fromkeys(Signal, 50)


@pytest.mark.parametrize("kind", ["plain", "tls", "mtls"])
async def test_our_exporter_and_our_receiver_agree_on_a_version_of_http(papers, kind):
    cert, key = papers.files("client")
    tls = {"ca_file": papers.ca} | ({"cert_file": cert, "key_file": key} if kind == "mtls" else {})
    async with receiving(papers.serving(kind)) as (ports, sinks):
        endpoint = f"{'http' if kind == 'plain' else 'https'}://localhost:{ports['http']}"
        value = {"endpoint": endpoint, "tls": tls, "retry_on_failure": OFF, "sending_queue": OFF}
        settings = make_settings("exporter", "otlp_http", clock=LoopClock())
        sending = http_out.create_traces(settings, decode(http_out.config, value))
        sinks[Signal.TRACES].hold()
        async with running(sending, clock=settings.clock), asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(sending.consume(traces(1)))
            await sinks[Signal.TRACES].tried(8)
            sinks[Signal.TRACES].release()
    clients = {batch.client.address for batch in sinks[Signal.TRACES].batches}
    assert len(clients) == (8 if kind == "plain" else 1)  # one connection for all is HTTP/2
