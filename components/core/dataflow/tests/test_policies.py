"""Policies, workers and engine settings as a file gives them."""

import pytest

from penstock_dataflow import load
from penstock_dataflow.config import Backend, Quorum, Workers

from .texts import PIPELINE, only, whole, wrong


def scoped(top="", group="", inner=""):
    """The pipeline below these policies, as written between braces."""
    pipeline = f"{PIPELINE[:-1]}, policies: {{{inner}}}}}"
    return f"policies: {{{top}}}\ngroups: {{g: {{policies: {{{group}}}, pipelines: {{p: {pipeline}}}}}}}\n"


def ends(problems):
    return [(path.rpartition("policies::")[2], what) for path, what, _ in problems]


# -- scopes -------------------------------------------------------------------------------------------


def test_without_policies_the_defaults_hold():
    policies = only("").policies
    assert policies.channel_capacity.pdata == 128
    assert (policies.health.ready_if, policies.health.live_quorum) == (
        ("Running", "Updating"),
        Quorum(AtLeast=1),
    )
    assert "Deleted" not in policies.health.live_if
    assert len(policies.health.live_if) == 10
    assert policies.health.ready_quorum == Quorum(Percent=100)
    assert (policies.telemetry.pipeline_metrics, policies.telemetry.runtime_metrics) == (True, "basic")
    recovery = policies.runtime_recovery
    assert (recovery.enabled, recovery.max_restarts, recovery.reset_after) == (True, 5, 60.0)
    assert (recovery.initial_backoff, recovery.max_backoff, recovery.startup_timeout) == (0.25, 30.0, 30.0)


def test_the_nearest_scope_that_sets_a_family_gives_all_of_it_and_the_others_are_inherited():
    policies = only(
        scoped(
            top="telemetry: {runtime_metrics: none, pipeline_metrics: false}, runtime_recovery: {max_restarts: 9}",
            group="telemetry: {runtime_metrics: detailed}, health: {ready_if: [Draining]}",
            inner="channel_capacity: {pdata: 3}",
        )
    ).policies
    assert (policies.telemetry.runtime_metrics, policies.telemetry.pipeline_metrics) == ("detailed", True)
    assert policies.runtime_recovery.max_restarts == 9
    assert policies.health.ready_if == ("Draining",)
    assert policies.channel_capacity.pdata == 3


def test_an_empty_family_sets_all_its_defaults():
    policies = only(scoped(top="runtime_recovery: {max_restarts: 9}", inner="runtime_recovery: ")).policies
    assert policies.runtime_recovery.max_restarts == 5


@pytest.mark.parametrize(
    ("text", "path", "what"),
    [
        (
            "health: {live_quorum: {AtLeast: 1, Percent: 5}}",
            "health::live_quorum",
            "one of `AtLeast` and `Percent` must be set",
        ),
        ("health: {live_quorum: {}}", "health::live_quorum", "one of `AtLeast` and `Percent` must be set"),
        ("health: {ready_if: [Ready]}", "health::ready_if::0", "expected 'Pending', 'Starting'"),
        ("health: {ready_if: []}", "health", "`ready_if` must name a phase: it is empty"),
        (
            "runtime_recovery: {initial_backoff: 1m}",
            "runtime_recovery",
            "`initial_backoff` must not be longer than `max_backoff` 30s: 60s",
        ),
        ("runtime_recovery: {max_restarts: 0}", "runtime_recovery::max_restarts", "input should be greater"),
        ("runtime_recovery: {reset_after: 0s}", "runtime_recovery::reset_after", "input should be greater"),
        ("telemetry: {runtime_metrics: all}", "telemetry::runtime_metrics", "expected 'none', 'basic'"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_where_it_stands(text, path, what):
    [(found, said)] = ends(wrong(scoped(top=text)))
    assert found == path
    assert said.startswith(what)


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (
            "telemetry: {tokio_metrics: true}",
            "tokio_metrics",
            "there is no tokio here: `runtime_metrics: detailed`",
        ),
        (
            "transport_headers: {}",
            "transport_headers",
            "requests are sent with what their exporter is given: remove it",
        ),
        (
            "resources: {rate_limiters: {}}",
            "rate_limiters",
            "a rate limit is an extension: bind one with `capabilities: {rate_limiter: <extension>}`",
        ),
        (
            "resources: {memory_limiter: {mode: enforce, purge_on_hard: true}}",
            "purge_on_hard",
            "memory is given back by itself: remove it",
        ),
    ],
)
def test_a_key_of_the_original_that_makes_no_sense_here_says_what_to_use_instead(text, key, hint):
    [(_, what, said)] = wrong(scoped(top=text))
    assert what == f"this engine has no `{key}`"
    assert said.startswith(hint)


def test_a_typo_in_a_quorum_is_refused_with_the_nearest_key():
    problems = wrong(scoped(top="health: {live_quorum: {Atleast: 1}}"))
    assert ("unknown key", "did you mean `AtLeast`?") in [(what, hint) for _, what, hint in problems]


def test_a_quorum_is_a_number_or_a_share():
    assert [Quorum(AtLeast=2).met(good, 3) for good in (1, 2)] == [False, True]
    assert [Quorum(Percent=50).met(good, 4) for good in (1, 2)] == [False, True]


# -- workers ------------------------------------------------------------------------------------------


def workers(written="", **scopes):
    text = scoped(**scopes).replace("nodes:", f"workers: {written}, nodes:") if written else scoped(**scopes)
    return only(text).workers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1", Workers()),
        ("4", Workers(count=4, backend=Backend.PROCESS)),
        ("{count: 2, backend: inline}", Workers(count=2)),
        ("{backend: process, pin: true}", Workers(backend=Backend.PROCESS, pin=True)),
        ("{count: 3, pin: true}", Workers(count=3, backend=Backend.PROCESS, pin=True)),
    ],
)
def test_a_pipeline_says_how_many_copies_of_it_run_and_where(written, expected):
    assert workers(written) == expected


@pytest.mark.parametrize(
    ("allocation", "expected"),
    [
        ("{type: all_cores}", Workers(count=0, backend=Backend.PROCESS, pin=True)),
        ("{type: core_count, count: 3}", Workers(count=3, backend=Backend.PROCESS, pin=True)),
        (
            "{type: core_set, set: [{start: 4, end: 5}, {start: 0, end: 0}]}",
            Workers(count=3, backend=Backend.PROCESS, pin=True, cores=(0, 4, 5)),
        ),
    ],
)
def test_an_allocation_of_cores_is_one_pinned_copy_on_each(allocation, expected):
    assert workers(top=f"resources: {{core_allocation: {allocation}}}") == expected


def test_workers_stand_for_an_allocation_that_is_inherited():
    assert workers("1", top="resources: {core_allocation: {}}") == Workers()


def test_parts_of_resources_are_inherited_one_by_one():
    limiter = "resources: {memory_limiter: {mode: enforce}}"
    config = load(
        whole(scoped(top=limiter, inner="resources: {core_allocation: {type: core_count, count: 2}}"))
    )
    assert config.memory_limiter.mode == "enforce"
    assert config.pipelines[0].workers.count == 2


@pytest.mark.parametrize(
    ("written", "path", "what"),
    [
        ("0", "workers", "must be at least 1: 0"),
        ("{count: 0}", "workers::count", "input should be greater than or equal to 1: 0"),
        ("two", "workers", "expected a number of copies, or a mapping: 'two'"),
        (
            "{pin: true}",
            "workers",
            "`pin` takes copies that are processes of their own: write `backend: process`",
        ),
        ("{backend: thread}", "workers::backend", "expected 'inline' or 'process': 'thread'"),
    ],
)
def test_workers_that_are_wrong_are_refused(written, path, what):
    text = scoped().replace("nodes:", f"workers: {written}, nodes:")
    assert [(found.rpartition("p::")[2], said) for found, said, _ in wrong(text)] == [(path, what)]


def test_workers_and_an_allocation_of_one_pipeline_exclude_each_other():
    text = scoped(inner="resources: {core_allocation: {}}").replace("nodes:", "workers: 2, nodes:")
    assert [(what, hint) for _, what, hint in wrong(text)] == [
        ("`workers` and `core_allocation` of one pipeline say the same in two ways", "remove one of them")
    ]


@pytest.mark.parametrize(
    ("allocation", "what"),
    [
        ("{type: core_count}", "`type: core_count` needs `count`"),
        ("{count: 2}", "`count` belongs to `type: core_count`: all_cores"),
        ("{type: core_set}", "`type: core_set` needs `set`"),
        ("{type: core_set, set: [{start: 5, end: 1}]}", "`end` must not be below `start` 5: 1"),
    ],
)
def test_an_allocation_that_is_wrong_is_refused(allocation, what):
    [(_, said)] = ends(wrong(scoped(top=f"resources: {{core_allocation: {allocation}}}")))
    assert said == what


# -- memory -------------------------------------------------------------------------------------------


def limiter(text):
    return load(whole(scoped(top=f"resources: {{memory_limiter: {{mode: enforce, {text}}}}}"))).memory_limiter


@pytest.mark.parametrize(
    ("text", "size"),
    [("7", 7), ("7 GiB", 7 * 1024**3), ("1.5kB", 1500), ("2Mi", 2 * 1024**2), ("3 g", 3 * 10**9), ("9B", 9)],
)
def test_a_size_is_a_number_or_has_a_unit(text, size):
    assert limiter(f"soft_limit: {text}, hard_limit: 1 TiB").soft_limit == size


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("soft_limit: much, hard_limit: 5", "not a size such as \"512 MiB\" or a number of bytes: 'much'"),
        ("soft_limit: true, hard_limit: 5", 'not a size such as "512 MiB" or a number of bytes: True'),
        ("soft_limit: 5", "`soft_limit` and `hard_limit` belong together: one is missing"),
        ("source: rss", "`soft_limit` and `hard_limit` must be set when `source` is `rss`"),
        ("hysteresis: 1", "`hysteresis` needs `soft_limit` and `hard_limit`"),
        ("soft_limit: 5, hard_limit: 5", "`soft_limit` must be between 0 and `hard_limit`: 5"),
        ("soft_limit: 5, hard_limit: 6, hysteresis: 5", "`hysteresis` must be below `soft_limit`: 5"),
    ],
)
def test_limits_that_are_wrong_are_refused(text, what):
    [(_, said)] = ends(wrong(scoped(top=f"resources: {{memory_limiter: {{mode: enforce, {text}}}}}")))
    assert said == what


@pytest.mark.parametrize("scope", ["group", "inner"])
def test_memory_is_limited_at_the_top_only(scope):
    [(path, what, hint)] = wrong(scoped(**{scope: "resources: {memory_limiter: {mode: enforce}}"}))
    assert path.endswith("policies::resources::memory_limiter")
    assert (what, hint) == ("memory is that of the whole process", "move it to `policies` at the top")


# -- nodes --------------------------------------------------------------------------------------------


def test_a_node_has_policies_of_its_own():
    own = "r: {type: receiver:nop, policies: {telemetry: {item_counts: true}}}"
    nodes = only(scoped().replace("r: {type: receiver:nop}", own)).nodes
    assert (nodes["r"].item_counts, nodes["e"].item_counts) == (True, False)


@pytest.mark.parametrize(
    ("node", "key", "what", "hint"),
    [
        ("r", "header_capture", "this engine has no `header_capture`", "requests are sent with what their exporter is given: remove it"),
        ("e", "header_propagation", "this engine has no `header_propagation`", "requests are sent with what their exporter is given: remove it"),
        ("r", "entity", "this engine has no `entity`", "metrics of a node carry its pipeline and its id: remove it"),
        ("r", "rate_limiters", "this engine has no `rate_limiters`", "bind a quota with `capabilities: {rate_limiter: <extension>}`"),
    ],
)  # fmt: skip
def test_a_key_of_a_node_that_makes_no_sense_is_refused(node, key, what, hint):
    text = scoped().replace(f"{node}: {{type", f"{node}: {{{key}: {{}}, type")
    assert [(said, hinted) for _, said, hinted in wrong(text)] == [(what, hint)]


def test_the_type_of_a_pipeline_is_not_needed():
    [(path, what, hint)] = wrong(scoped().replace("nodes:", "type: otap, nodes:"))
    assert (path, what) == ("groups::g::pipelines::p::type", "this engine has no `type`")
    assert hint == "batches stay as they came until a node needs them otherwise: remove it"


# -- the engine ---------------------------------------------------------------------------------------


def engine(text):
    return load(whole(f"engine: {{{text}}}\n")).engine


def test_the_engine_has_no_interface_unless_it_is_written():
    assert engine("").http_admin is None
    assert engine("http_admin: {enabled: false, read_only: true}").http_admin is None
    admin = engine("http_admin: ").http_admin
    assert (admin.bind_address, admin.read_only, admin.token.reveal()) == ("127.0.0.1:8080", False, "")
    admin = engine("http_admin: {enabled: true, bind_address: '[::1]:1', token: t}").http_admin
    assert (admin.bind_address, str(admin.token)) == ("[::1]:1", "[REDACTED]")


def test_the_engine_tells_of_itself_and_minds_unused_extensions_if_asked():
    settings = engine("telemetry: {resource: {zone: a}, logs: {level: debug}}, extensions: {strict: true}")
    assert (settings.telemetry.resource, settings.telemetry.logs.level) == ({"zone": "a"}, "debug")
    assert settings.extensions.strict


@pytest.mark.parametrize(
    ("text", "path", "what", "hint"),
    [
        ("http_admin: {bind_address: nowhere}", "http_admin::bind_address", "must be `host:port`: nowhere", ""),
        (
            "http_admin: {token: a, token_file: b}", "http_admin",
            "`token` and `token_file` exclude each other: remove one", "",
        ),
        ("controller: {}", "controller", "this engine has no `controller`", "declare the extension under `extensions`, at the top"),
        ("observability: {}", "observability", "this engine has no `observability`", "begin a pipeline with `receiver:internal_telemetry`"),
        ("topics: {}", "topics", "this engine has no `topics`", "how a topic works follows from who subscribes to it: remove it"),
        ("custom: {}", "custom", "this engine has no `custom`", "nothing here would read it: remove it"),
        ("observed_state: {}", "observed_state", "this engine has no `observed_state`", "states are kept for as long as they matter: remove it"),
        ("telemetry: {reporting_interval: 1s}", "telemetry::reporting_interval", "this engine has no `reporting_interval`", "`receiver:internal_telemetry` says how often: `metrics: {interval: 1s}`"),
        ("telemetry: {logs: {tap: {}}}", "telemetry::logs::tap", "this engine has no `tap`", "begin a pipeline with `receiver:internal_telemetry`"),
        ("http_amin: {}", "http_amin", "unknown key", "did you mean `http_admin`?"),
    ],
)  # fmt: skip
def test_settings_of_the_engine_that_are_wrong_are_refused(text, path, what, hint):
    [(found, said, hinted)] = wrong(f"engine: {{{text}}}\n")
    assert (found, hinted) == (f"engine::{path}", hint)
    assert said.startswith(what)
