"""Batches: one unit of telemetry of one signal, bytes first.

A batch holds OTLP request buffers and knows how many items they carry; it becomes protobuf messages only
when somebody asks. Concatenated OTLP requests are one valid request, so joining batches copies nothing.
"""

from penstock_api.batch.base import AnyBatch, Batch
from penstock_api.batch.signals import Logs, Metrics, Traces, batch_type

__all__ = ("AnyBatch", "Batch", "Logs", "Metrics", "Traces", "batch_type")
