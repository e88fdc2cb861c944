"""Whether and how a distribution is rendered for Kubernetes: its probes and its ports need components."""

import re
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ("Kubernetes", "kubernetes")

_NEEDED = frozenset({"receiver_otlp", "extension_health_check", "provider_env"})
_LONGEST = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubernetes:
    """What the manifests need to know; `host` is what servers listen on, as the configuration spells it."""

    name: str
    tag: str
    state: str
    host: str = "${env:POD_IP}"


def kubernetes(name: str, version: str, aliases: Collection[str]) -> tuple[Kubernetes, ...]:
    """One, or none if a component is missing that the manifests use."""
    if not _NEEDED.issubset(aliases):
        return ()
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST].strip("-")
    tag = re.sub(r"[^A-Za-z0-9_.-]", "_", version)
    return (Kubernetes(name=label, tag=tag, state=f"/var/lib/{name}"),)
