"""Files for these tests, and what is wrong with them."""

from textwrap import dedent, indent

import pytest

from penstock_api import ConfigError
from penstock_dataflow import load


def pipeline(text, *, policies=""):
    """A whole file around `nodes` and `connections`."""
    head = "version: otel_dataflow/v1\ngroups:\n  edge:\n    pipelines:\n      ship:\n"
    return head + indent(dedent(policies) + dedent(text), " " * 8)


NODES = """\
    nodes:
      in: {type: receiver:otlp}
      mid: {type: processor:batch}
      out: {type: exporter:debug}
      file: {type: exporter:file}
"""


def problems(text, **more):
    with pytest.raises(ConfigError) as caught:
        load(text, **more)
    return caught.value.problems


def line_of(problem):
    """The number between the name of the file and the column."""
    return problem.where.split(":")[1]


def found(text, **more):
    """Every problem as `line: path: what (hint)`, the path without its long common beginning."""
    return [
        f"{line_of(one)}: {'::'.join(map(str, one.path)).removeprefix('groups::edge::pipelines::ship::')}: "
        f"{one.what}" + (f" ({one.hint})" if one.hint else "")
        for one in problems(text, **more)
    ]


HEAD = "version: otel_dataflow/v1\n"
PIPELINE = "{nodes: {r: {type: receiver:nop}, e: {type: exporter:nop}}, connections: [{from: r, to: e}]}"


def whole(text):
    """A file of the indented `text`, with one good pipeline `g/p` unless it has groups."""
    body = HEAD + dedent(text)
    return body if "groups:" in body else f"{body}groups: {{g: {{pipelines: {{p: {PIPELINE}}}}}}}\n"


def only(text):
    """The one pipeline of `whole(text)`."""
    [one] = load(whole(text)).pipelines
    return one


def wrong(text):
    """Every problem of `whole(text)` as path, what and hint."""
    return [("::".join(map(str, one.path)), one.what, one.hint) for one in problems(whole(text))]


EVERYTHING = """\
version: otel_dataflow/v1
engine:
  http_admin: {enabled: true, bind_address: "127.0.0.1:1", token: "${env:T}", read_only: true}
  telemetry: {resource: {zone: a, n: "1"}, logs: {level: debug}}
  extensions: {strict: true}
policies:
  channel_capacity: {pdata: "${env:N}"}
  health: {live_if: [Running], ready_if: [Running], live_quorum: {AtLeast: 1}, ready_quorum: {Percent: 50}}
  telemetry: {pipeline_metrics: false, runtime_metrics: detailed}
  runtime_recovery: {enabled: true, max_restarts: 1, initial_backoff: 1s, max_backoff: 2s, startup_timeout: 3s, reset_after: 4s}
  resources:
    core_allocation: {type: core_set, set: [{start: 0, end: 1}]}
    memory_limiter: {mode: enforce, source: rss, soft_limit: 1 GiB, hard_limit: 2 GiB, hysteresis: 5, check_interval: 1s}
topics:
  raw: {description: d, backend: in_memory, policies: {balanced: {queue_capacity: 1, on_full: block}, broadcast: {on_lag: disconnect}, ack_propagation: {mode: auto}}}
  bare:
extensions: {quota: {type: extension:quota, description: d, config: {size: 1}}}
groups:
  g:
    policies: {channel_capacity: }
    topics: {own: {}}
    extensions: {more: {type: "urn:otel:extension:quota"}}
    pipelines:
      p:
        workers: {count: 2, backend: process, pin: true}
        policies: {telemetry: {runtime_metrics: basic}}
        extensions: {mine: {type: extension:quota}}
        nodes:
          r:
            type: receiver:push
            description: d
            config: {size: 2}
            capabilities: {rate_limiter: mine, rate_limiter/slot: [quota, more]}
            policies: {telemetry: {item_counts: true}}
          route: {type: processor:route, outputs: [a, b]}
          plain: {type: processor:pass, default_output: default, config: }
          e: {type: exporter:keep}
        connections:
          - {from: r, to: route}
          - {from: ['route["a"]', 'route["b"]'], to: [plain, e], policies: {dispatch: broadcast}}
          - {from: plain, to: e, policies: }
"""
"""One file with every key; its types are those of `fakes.World.everything`."""
BRANCHING = """\
version: otel_dataflow/v1
groups:
  g:
    pipelines:
      p:
        nodes:
          in: {type: receiver:push, config: {size: 2}}
          mid: {type: processor:pass}
          a: {type: exporter:keep}
          b: {type: exporter:keep}
          idle: {type: exporter:keep}
        connections:
          - {from: in, to: mid, policies: {dispatch: broadcast}}
          - from: mid["x"]
            to: [a, b]
"""
"""A pipeline with a queue, an output that has a name, and a node that nothing reaches."""
