"""Copies of pipelines in processes of their own."""

from penstock_dataflow.workers.process_copy import ProcessCopy, process_backend

__all__ = ("ProcessCopy", "process_backend")
