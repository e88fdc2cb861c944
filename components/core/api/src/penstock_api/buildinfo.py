"""Which collector this is: all that a distribution needs to tell its version."""

from dataclasses import dataclass

__all__ = ("BuildInfo",)


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """Which collector this is: `command` is its executable's name."""

    command: str
    description: str
    version: str
    default_scheme: str = "env"
    """The provider that `${...}` without a scheme asks."""

    @property
    def user_agent(self) -> str:
        """How clients name the collector: `<description>/<version> (<os>/<arch>)`."""
        import platform  # noqa: PLC0415 - `--version` does not need it

        machine = platform.machine().lower()
        arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
        return f"{self.description}/{self.version} ({platform.system().lower()}/{arch})"
