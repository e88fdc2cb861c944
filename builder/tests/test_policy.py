"""What a policy refuses, and what it warns of."""

import pytest

from penstock_builder.policy import is_allowed


def stability(demo, text: str) -> None:
    (demo.root / "components/exporter/debug/metadata.yaml").write_text(f"type: debug\nstability: {text}\n")


def test_b_24_a_component_below_the_lowest_stability_is_an_error(demo, small, penstock) -> None:
    stability(demo, "{alpha: [traces], stable: [logs]}")
    demo.manifest(small + "policy: {min_stability: beta}\n")
    done = penstock("generate")
    assert (done.code, done.err) == (
        1,
        (
            "builder-manifest.yaml:13:5: exporters[0]: is alpha for traces, and `policy.min_stability` is: beta\n"
        ),
    )


def test_b_24_a_component_that_is_stable_enough_passes(demo, small, penstock) -> None:
    stability(demo, "{beta: [traces], stable: [logs]}")
    demo.manifest(small + "policy: {min_stability: beta}\n")
    assert penstock("generate").code == 0


@pytest.mark.parametrize("word", ["deprecated", "unmaintained"])
def test_b_24_a_component_that_is_going_away_is_a_warning(demo, penstock, word: str) -> None:
    stability(demo, f"{{{word}: [traces]}}")
    done = penstock("generate")
    assert (done.code, done.err.splitlines()[0]) == (
        0,
        f"warning: builder-manifest.yaml:13:5: exporters[0]: is {word} for traces",
    )


def test_b_24_or_an_error_or_nothing_if_the_policy_says_so(demo, small, penstock) -> None:
    stability(demo, "{deprecated: [traces]}")
    demo.manifest(small + "policy: {deprecated: error}\n")
    done = penstock("generate")
    assert (done.code, "is deprecated for traces" in done.err) == (1, True)
    demo.manifest(small + "policy: {deprecated: allow}\n")
    done = penstock("generate")
    assert (done.code, "deprecated" in done.err) == (0, False)


@pytest.mark.parametrize("text", ["- a list\n", "stability: none\n", "a: [\n", "deprecated\0"])
def test_metadata_that_cannot_be_read_says_nothing(demo, small, penstock, text: str) -> None:
    (demo.root / "components/exporter/debug/metadata.yaml").write_text(text)
    demo.manifest(small + "policy: {min_stability: stable}\n")
    assert penstock("generate").code == 0


def test_a_replacement_needs_a_link_if_the_policy_says_so(demo, small, penstock) -> None:
    demo.manifest(small + "policy: {require_link: true}\n")
    done = penstock("generate")
    assert (done.code, done.err) == (
        1,
        "builder-manifest.yaml:16:5: replaces[0]: `policy.require_link` asks for a `link`\n",
    )


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("mit", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND BSD-3-Clause", True),
        ("GPL-3.0-only AND (MIT OR BSD-3-Clause)", False),
        ("MIT AND (GPL-3.0-only OR BSD-3-Clause)", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0 OR MIT", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("A text of somebody", True),
        ("Another text", False),
        ("(MIT", False),
        ("MIT)", False),
        ("MIT OR", True),
        ("()", False),
        ("", False),
    ],
)
def test_an_expression_is_allowed_if_it_can_be_met(expression: str, allowed: bool) -> None:
    given = ("MIT", "BSD-3-Clause", "Apache-2.0 WITH LLVM-exception", "A text of somebody")
    assert is_allowed(expression, given) is allowed
