"""Raw OTLP clients: bytes in, status out."""

import gzip
import http.client
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from penstock_api import AnyBatch, Signal

SERVICES = {
    Signal.TRACES: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    Signal.METRICS: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    Signal.LOGS: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
PROTOBUF, JSON = "application/x-protobuf", "application/json"


def post(port: int, path: str, body: bytes, media_type: str = PROTOBUF, *, packed: bool = False) -> int:
    """One HTTP request; the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"content-type": media_type, **({"content-encoding": "gzip"} if packed else {})}
    try:
        connection.request("POST", path, gzip.compress(body) if packed else body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


@contextmanager
def channel(port: int, *, packed: bool = False) -> Iterator[grpc.Channel]:
    """A plaintext channel."""
    compression = grpc.Compression.Gzip if packed else grpc.Compression.NoCompression
    with grpc.insecure_channel(f"127.0.0.1:{port}", compression=compression) as opened:
        yield opened


def call(port: int, signal: Signal, body: bytes, *, packed: bool = False) -> grpc.StatusCode:
    """One gRPC request; the status."""
    with channel(port, packed=packed) as opened:
        try:
            opened.unary_unary(SERVICES[signal])(body, timeout=30)
        except grpc.RpcError as error:
            return error.code()
    return grpc.StatusCode.OK


def six_ways(grpc_port: int, http_port: int, batch: AnyBatch) -> Iterator[tuple[str, bool]]:
    """Send one payload in every encoding; each way's name, and whether it was accepted."""
    path = f"/v1/{batch.signal}"
    for packed in (False, True):
        way = " gzip" if packed else ""
        code = call(grpc_port, batch.signal, batch.to_bytes(), packed=packed)
        yield f"grpc{way}", code is grpc.StatusCode.OK
        yield f"http protobuf{way}", post(http_port, path, batch.to_bytes(), packed=packed) == 200
        yield f"http json{way}", post(http_port, path, batch.to_json(), JSON, packed=packed) == 200
