"""Examples for the commands that do not bring their own; a test holds that every command has some."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ("EXAMPLES", "epilog")

EXAMPLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "audit": ("penstock audit", "penstock audit --json"),
        "build": (
            "penstock build",
            "penstock build --boot-test --output wheel,oci",
            "penstock build --sign release.pem",
        ),
        "check": ("penstock check", "penstock check distributions/*/manifest.yaml --json"),
        "completion": ("source <(penstock completion bash)",),
        "doctor": ("penstock doctor", "penstock doctor --offline"),
        "from-config": (
            "penstock from-config config.yaml",
            "penstock from-config gateway.yaml agent.yaml --name edge -o builder-manifest.yaml",
        ),
        "generate": ("penstock generate", "penstock generate --locked --config edge.yaml"),
        "import": ("penstock import builder-config.yaml",),
        "init": ("penstock init my-collector", "penstock init . --name edge --merge"),
        "list": ("penstock list", "penstock list receiver otlp", "penstock list --installed --json"),
        "lock": ("penstock lock", "penstock lock --upgrade protobuf", "penstock lock --check"),
        "new": ("penstock new processor sampler", "penstock new receiver weather_station"),
        "outdated": ("penstock outdated", "penstock outdated --json"),
        "plan": ("penstock plan", "penstock plan --json"),
        "sync-replaces": ("penstock sync-replaces", "penstock sync-replaces --check"),
        "verify": ("penstock verify dist/* --key release.pub",),
        "version": ("penstock version",),
    }
)


def epilog(command: str) -> str:
    """The end of a command's help."""
    lines = "\n".join(f"  {line}" for line in EXAMPLES.get(command, ()))
    return f"\b\nExamples:\n{lines}" if lines else ""
