"""What the shared contract of all components is made of; `tests/contract` holds every installed one to it."""

from penstock_testkit.contract.leaks import Leaks
from penstock_testkit.contract.sinks import Mode, Sink, serve_sink
from penstock_testkit.contract.subject import Subject, subjects

__all__ = ("Leaks", "Mode", "Sink", "Subject", "serve_sink", "subjects")
