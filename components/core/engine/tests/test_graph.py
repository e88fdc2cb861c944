import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock_engine import Edge, Graph, GraphError, Node


def node(name):
    return Node(id=name, create=lambda _: None)


def graph(names, pairs):
    return Graph.of([node(name) for name in names], [Edge(source=a, target=b) for a, b in pairs])


def test_every_edge_leads_forward_and_ties_keep_the_order_given():
    made = graph("dcba", [("c", "a"), ("a", "b")])
    assert list(made.nodes) == ["d", "c", "a", "b"]


def test_a_graph_knows_its_sources_and_what_leaves_a_node():
    made = graph("ab", [("a", "b")])
    assert (made.is_source("a"), made.is_source("b")) == (True, False)
    assert made.onward("a") == (Edge(source="a", target="b"),)
    assert made.onward("b") == ()


def test_an_empty_graph_is_a_graph():
    assert not graph("", []).nodes


def test_two_nodes_with_one_id_are_refused():
    with pytest.raises(GraphError, match=r"^two nodes have the same id: a$"):
        graph("aa", [])


@pytest.mark.parametrize("pair", [("a", "x"), ("x", "a")])
def test_an_edge_to_nowhere_is_refused(pair):
    with pytest.raises(GraphError, match=r"^an edge names a node that does not exist: x$"):
        graph("a", [pair])


def test_a_cycle_is_refused_with_its_path():
    with pytest.raises(GraphError, match=r"^cycle detected: b -> c -> d -> b$") as caught:
        graph("abcde", [("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("d", "e")])
    assert caught.value.cycle == ("b", "c", "d", "b")


def test_a_node_that_feeds_itself_is_a_cycle():
    with pytest.raises(GraphError, match=r"^cycle detected: a -> a$"):
        graph("a", [("a", "a")])


def test_of_several_cycles_the_same_one_is_named_whatever_the_hash_seed():
    pairs = [("a", "b"), ("b", "a"), ("c", "a"), ("a", "c")]
    with pytest.raises(GraphError, match=r"^cycle detected: a -> b -> a$"):
        graph("abc", pairs)


@st.composite
def shapes(draw):
    count = draw(st.integers(1, 8))
    ends = st.integers(0, count - 1)
    return count, draw(st.lists(st.tuples(ends, ends), max_size=16))


@given(shapes())
def test_any_shape_is_either_ordered_or_has_the_cycle_it_is_refused_for(shape):
    count, pairs = shape
    names = [str(number) for number in range(count)]
    named = [(names[one], names[two]) for one, two in pairs]
    try:
        order = list(graph(names, named).nodes)
    except GraphError as error:
        cycle = error.cycle
    else:
        assert sorted(order) == sorted(names)
        assert all(order.index(one) < order.index(two) for one, two in named)
        return
    assert cycle[0] == cycle[-1]
    assert set(itertools.pairwise(cycle)) <= set(named)
