"""Receives nothing: for pipelines that only have to exist."""

from penstock_receiver_nop.factory import NopReceiverConfig, factory

__all__ = ("NopReceiverConfig", "factory")
