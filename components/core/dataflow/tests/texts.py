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


def found(text, **more):
    """Every problem as `line: path: what (hint)`, the path without its long common beginning."""
    return [
        f"{one.where.rpartition(':')[2]}: {'::'.join(map(str, one.path)).removeprefix('groups::edge::pipelines::ship::')}: "
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
