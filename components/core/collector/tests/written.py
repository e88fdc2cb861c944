"""Configurations as text, and components that are configured but must never be built."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from penstock_api import (
    BuildInfo,
    Components,
    Config,
    ConnectorFactory,
    Duration,
    ExporterFactory,
    ExtensionFactory,
    Headers,
    ProcessorFactory,
    ReceiverFactory,
    Registered,
    Secret,
    Section,
    Stability,
)
from penstock_collector import cli
from penstock_collector.config import CollectorConfig
from penstock_collector.confmap import Sources
from penstock_collector.gates import GATES, Gates
from penstock_collector.loading import Loader
from penstock_provider_env import factory as env
from penstock_provider_file import factory as file
from penstock_provider_http import http, https
from penstock_provider_yaml import factory as yaml

CANARY = "canary-7f3a"
BUILD = BuildInfo("pencol", "A collector for tests", "1.2.3")
SERVICE = "service: {pipelines: {traces: {receivers: [demo], exporters: [sink]}}}\n"
GOOD = "receivers: {demo: }\nexporters: {sink: }\n" + SERVICE


class Inner(Config):
    """A nested section."""

    size: int = 10
    wait: Duration = 1.0


class Demo(Config):
    """One field of every type."""

    number: int = 5
    ratio: float = 0.5
    flag: bool = True
    text: str = "default"
    maybe: str | None = "default"
    level: Literal["low", "high"] = "low"
    timeout: Duration = 2.0
    token: Secret = Secret("")
    headers: Headers = Field(default_factory=dict)
    tags: tuple[str, ...] = ("default",)
    queue: Section[Inner] = Inner()
    batch: Section[Inner] = None
    inner: Inner = Inner()


def never(*_: Any) -> Any:
    raise AssertionError("a component was built")


def registered(factory: Any, project: str = "test-project") -> Registered[Any]:
    return Registered(factory=factory, project=project, version="0.9.0")


COMPONENTS = Components(
    receivers=(
        registered(
            ReceiverFactory(
                kind="demo", config=Demo, create_traces=never, create_logs=never, aliases=("demo_old",),
                stability={"traces": Stability.BETA},
            )
        ),
        registered(ReceiverFactory(kind="another", config=Demo, create_traces=never)),
    ),
    processors=(registered(ProcessorFactory(kind="step", config=Demo, create_traces=never)),),
    exporters=(
        registered(ExporterFactory(kind="sink", config=Demo, create_traces=never, create_logs=never)),
        registered(ExporterFactory(kind="debug", config=Demo, create_traces=never)),
    ),
    connectors=(registered(ConnectorFactory(
        kind="join", config=Demo, traces_to_traces=never, traces_to_logs=never,
        stability={"traces_to_logs": Stability.ALPHA},
    )),),
    extensions=(registered(ExtensionFactory(kind="watch", config=Demo, create=never)),),
    providers=tuple(registered(one) for one in (yaml, https, env, file, http)),
)  # fmt: skip


@dataclass
class Loaded:
    """A configuration, and what was said on the way."""

    config: CollectorConfig
    warnings: list[str]

    def demo(self, name: str = "demo") -> Demo:
        return next(one.config for key, one in self.config.receivers.items() if str(key) == name)  # type: ignore[return-value]


def load(*texts: str, sets: tuple[str, ...] = (), gates: tuple[str, ...] = ()) -> Loaded:
    """What `texts`, one `--config` each, and `sets` make."""
    warnings: list[str] = []
    loader = Loader(
        sources=Sources(tuple(f"yaml:{text}" for text in texts), sets),
        components=COMPONENTS,
        gates=Gates.parse(gates, GATES),
        warn=warnings.append,
    )
    return Loaded(loader(), warnings)


def demo(body: str) -> Demo:
    """The receiver `demo` with `body`, in flow style, as its configuration."""
    return load(f"receivers: {{demo: {body} }}\nexporters: {{sink: }}\n{SERVICE}").demo()


@dataclass
class Shell:
    """Runs the command line and keeps what it said."""

    capsys: Any
    folder: Path
    out: str = ""
    err: str = ""
    commands: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *words: str, components: Components = COMPONENTS, **more: Any) -> int:
        code = cli.main(BUILD, lambda: components, self.commands, words, **more)
        self.out, self.err = self.capsys.readouterr()
        return code

    def file(self, text: str, name: str = "config.yaml") -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)
