"""A configuration as a chart."""

from penstock_dataflow import load, mermaid

from .texts import BRANCHING, whole


def test_a_chart_shows_nodes_queues_outputs_and_what_is_left_out():
    assert (
        mermaid(load(BRANCHING))
        == """\
flowchart LR
  subgraph g0["group g"]
    subgraph p0["g/p"]
      n0(["in<br/>receiver:push"])
      n1["mid<br/>processor:pass"]
      n2[["a<br/>exporter:keep"]]
      n3[["b<br/>exporter:keep"]]
      n4[["idle<br/>exporter:keep"]]
      n0 --> n1
      q0{{"one of"}}
      q0 --> n2
      q0 --> n3
      n1 -- "x" --> q0
    end
  end
  classDef unconnected stroke-dasharray: 5 5
  class n4 unconnected
"""
    )


def test_a_chart_shows_topics_and_which_extensions_nodes_use():
    text = """\
extensions: {quota: {type: extension:rate_limiter}}
topics: {raw: }
groups:
  a:
    extensions: {store: {type: extension:key_value_store}}
    pipelines:
      one:
        nodes:
          r: {type: receiver:push, capabilities: {rate_limiter: quota}}
          e: {type: exporter:topic, config: {topic: raw}, capabilities: {key_value_store/meta: store}}
        connections: [{from: r, to: e}]
  b:
    topics: {own: }
    pipelines:
      two:
        extensions: {mine: {type: extension:api_key}}
        nodes:
          r: {type: receiver:topic, config: {topic: raw}}
          e: {type: exporter:keep, capabilities: {api_key: mine}}
        connections: [{from: r, to: e}]
"""
    assert (
        mermaid(load(whole(text)))
        == """\
flowchart LR
  x0[/"quota<br/>extension:rate_limiter"/]
  t0[("topic raw")]
  subgraph g0["group a"]
    x1[/"store<br/>extension:key_value_store"/]
    subgraph p0["a/one"]
      n0(["r<br/>receiver:push"])
      n1[["e<br/>exporter:topic"]]
      n0 --> n1
    end
  end
  subgraph g1["group b"]
    t1[("topic own")]
    subgraph p1["b/two"]
      x2[/"mine<br/>extension:api_key"/]
      n2(["r<br/>receiver:topic"])
      n3[["e<br/>exporter:keep"]]
      n2 --> n3
    end
  end
  n0 -. "rate_limiter" .-> x0
  n1 --> t0
  n1 -. "key_value_store/meta" .-> x1
  t0 --> n2
  n3 -. "api_key" .-> x2
"""
    )
