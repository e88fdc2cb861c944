"""Extensions that offer, components that name them in their configs, and a service around both."""

from dataclasses import dataclass, replace

import pytest

from penstock_api import (
    Active,
    Background,
    Cloned,
    Components,
    Config,
    ConfigError,
    Deadline,
    ExporterFactory,
    ExtensionFactory,
    Passive,
    ReceiverFactory,
    Secret,
    Section,
    StartError,
)
from penstock_api.capability import (
    API_KEY,
    BEARER_TOKEN_PROVIDER,
    KEY_VALUE_STORE,
    ApiKey,
    CapabilityAlreadyConsumedError,
    CapabilityNotBoundError,
)
from penstock_api.config import ClientAuthConfig, StorageId
from penstock_collector.confmap import Sources
from penstock_collector.gates import GATES, Gates
from penstock_collector.loading import Loader
from penstock_collector.service import Service
from penstock_testkit import FakeClock

from .written import BUILD, COMPONENTS, registered

SERVICE = """
receivers: {in: }
exporters: {out: EXPORTER}
extensions: {EXTENSIONS}
service:
  extensions: [LISTED]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [in], exporters: [out]}}
"""


class _Out(Config):
    auth: Section[ClientAuthConfig] = None
    storage: StorageId = ""
    needs_more: bool = False


class _Key(Config):
    word: str = "one"
    off: bool = False


class _Chain(Config):
    next: StorageId = ""


@dataclass(frozen=True, slots=True)
class _Provider:
    word: str

    async def get_api_key(self):
        return ApiKey("x-key", Secret(self.word))


@dataclass(frozen=True, slots=True)
class _Store:
    name: str

    async def get(self, namespace, key):
        return self.name.encode()

    async def apply(self, namespace, changes):
        pass

    async def keys(self, namespace, prefix=""):
        return ()


@dataclass
class World:
    """What the components of one test did."""

    events: list[str]
    exporter: "_Exporter | None" = None


class _Life:
    def __init__(self, world, name):
        self.world, self.name = world, name

    async def start(self):
        self.world.events.append(f"start {self.name}")

    async def shutdown(self, _deadline):
        self.world.events.append(f"stop {self.name}")


class _Exporter(_Life):
    def __init__(self, world, settings, config):
        super().__init__(world, settings.id)
        self.settings = settings
        self.key = settings.capabilities.optional(API_KEY)
        self.store = settings.capabilities.optional(KEY_VALUE_STORE)
        if config.needs_more:
            settings.capabilities.require(BEARER_TOKEN_PROVIDER)
        world.exporter = self

    async def consume(self, batch):
        pass


def components(world):
    def chain(settings, config):
        held = settings.capabilities.optional(KEY_VALUE_STORE)
        world.events.append(f"create {settings.id} with {held.name if held else 'nothing'}")
        return Active(_Life(world, settings.id), Cloned(KEY_VALUE_STORE, _Store(str(settings.id))))

    return replace(
        COMPONENTS,
        receivers=(registered(ReceiverFactory(kind="in", config=Config, create_traces=lambda *_: object())),),
        exporters=(
            registered(
                ExporterFactory(kind="out", config=_Out, create_traces=lambda s, c: _Exporter(world, s, c))
            ),
        ),
        extensions=(
            registered(
                ExtensionFactory(
                    kind="key",
                    config=_Key,
                    create=lambda s, c: Passive(Cloned(API_KEY, _Provider(c.word))),
                    capabilities=(API_KEY, BEARER_TOKEN_PROVIDER),
                    offers=lambda c: () if c.off else (API_KEY,),
                )
            ),
            registered(
                ExtensionFactory(kind="chain", config=_Chain, create=chain, capabilities=(KEY_VALUE_STORE,))
            ),
            registered(
                ExtensionFactory(
                    kind="server", config=Config, create=lambda s, c: Background(_Life(world, s.id))
                )
            ),
        ),
    )


def load(world, exporter="{}", extensions="", listed=""):
    text = SERVICE.replace("EXPORTER", exporter).replace("EXTENSIONS", extensions).replace("LISTED", listed)
    parts: Components = components(world)
    sources = Sources((f"yaml:{text}",), ())
    return Loader(sources=sources, components=parts, gates=Gates.parse((), GATES), warn=print)()


def service(world, **written):
    return Service(load(world, **written), BUILD, components(world), FakeClock())


def problems(**written):
    with pytest.raises(ConfigError) as caught:
        load(World([]), **written)
    return [str(one) for one in caught.value.problems]


@pytest.fixture
def world():
    return World([])


async def test_a_component_gets_the_handle_of_the_extension_that_its_config_names(world):
    written = {"extensions": "key/a: {word: a}, key/b: {word: b}, chain: ", "listed": "key/a, key/b, chain"}
    service(world, exporter="{auth: {authenticator: key/b}, storage: chain}", **written)
    assert world.exporter.key == _Provider("b")
    assert world.exporter.store == _Store("chain")


def test_a_component_that_names_none_gets_none_and_can_claim_nothing_later(world):
    service(world, extensions="key: ", listed="key")
    assert world.exporter.key is None
    with pytest.raises(CapabilityAlreadyConsumedError, match="after its construction: key_value_store"):
        world.exporter.settings.capabilities.optional(KEY_VALUE_STORE)


def test_a_component_that_needs_what_nobody_gave_it_cannot_be_created(world):
    with pytest.raises(
        StartError, match='failed to create "out" exporter: "out" exporter needs a capability'
    ) as e:
        service(world, exporter="{needs_more: true}")
    assert isinstance(e.value.__cause__, CapabilityNotBoundError)
    assert e.value.__cause__.hint == "name an extension that offers it in the component's config"


def test_r_5_an_extension_that_is_not_configured_is_a_problem_of_the_file_with_path_and_line():
    assert problems(exporter="{auth: {authenticator: kez}}", extensions="key: ", listed="key") == [
        (
            "yaml:3: exporters::out::auth::authenticator: "
            '"out" exporter names an extension that is not configured: kez\n  hint: did you mean `key`?'
        )
    ]


def test_r_7_an_extension_that_does_not_offer_what_is_wanted_is_another_problem():
    assert problems(exporter="{storage: key}", extensions="key: , chain: ", listed="key, chain") == [
        (
            'yaml:3: exporters::out::storage: "out" exporter names an extension that does not offer key_value_store: '
            "key\n  hint: `key` offers api_key; key_value_store is offered by chain"
        )
    ]
    [off] = problems(exporter="{auth: {authenticator: key}}", extensions="key: {off: true}", listed="key")
    assert "does not offer bearer_token_provider, basic_credentials or api_key: key" in off


def test_an_extension_that_is_not_listed_is_a_problem_with_the_line_to_write():
    assert problems(exporter="{storage: chain}", extensions="key: , chain: ", listed="key") == [
        (
            'yaml:3: exporters::out::storage: "out" exporter names an extension that is not listed in '
            "`service.extensions`: chain\n  hint: write `extensions: [key, chain]` there"
        )
    ]


def test_an_extension_that_is_itself_wrong_is_told_once():
    [one] = problems(exporter="{storage: chain}", extensions="chain: {nex: x}", listed="chain")
    assert "extensions::chain::nex: unknown key" in one


def test_all_that_is_wrong_is_told_in_one_run_in_the_order_of_the_file():
    found = problems(
        exporter="{auth: {authenticator: x}, storage: key}", extensions="key: ", listed="key, gone"
    )
    assert [one.partition(": ")[0] for one in found] == ["yaml:3", "yaml:3", "yaml:6"]


async def test_r_71_an_extension_that_names_another_one_gets_its_handle_and_starts_after_it(world):
    made = service(
        world, extensions="chain/a: {next: chain/b}, chain/b: , server: ", listed="server, chain/a, chain/b"
    )
    await made.start()
    await made.stop(Deadline.after(FakeClock(), 30))
    assert world.events == [
        "create chain/b with nothing",
        "create chain/a with chain/b",
        "start server",
        "start chain/b",
        "start chain/a",
        "start out",
        "stop out",
        "stop chain/a",
        "stop chain/b",
        "stop server",
    ]


def test_r_71_extensions_that_name_each_other_are_a_problem_of_the_file():
    [one] = problems(
        extensions="chain/a: {next: chain/b}, chain/b: {next: chain/a}", listed="chain/a, chain/b"
    )
    assert one == (
        'yaml:4: extensions::chain/a: extensions need each other: "chain/a" extension -> "chain/b" extension -> '
        '"chain/a" extension\n  hint: remove one of the bindings of the cycle'
    )


def test_what_nobody_checked_is_refused_when_the_service_is_built(world):
    config = load(world, exporter="{storage: chain}", extensions="chain: ", listed="chain")
    config = replace(config, service=replace(config.service, extensions=()))
    with pytest.raises(ConfigError, match="names an extension that is not configured: chain"):
        Service(config, BUILD, components(world), FakeClock())
