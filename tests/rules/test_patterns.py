"""Patterns: what is read, what is refused, and how many texts there are."""

from __future__ import annotations

import itertools
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.rules.automata import automaton, count
from seedbed.rules.patterns import Chain, Either, Letters, Node, Pattern, PatternError, Repeat


def texts(node: Node) -> set[str]:
    """Every text of a small pattern, by the definition."""
    match node:
        case Letters():
            return set(node.characters)
        case Chain():
            return {"".join(parts) for parts in itertools.product(*map(texts, node.parts))}
        case Either():
            return set().union(*map(texts, node.options))
        case Repeat():
            times = range(node.least, node.most + 1)
            one = texts(node.part)
            return {"".join(parts) for n in times for parts in itertools.product(one, repeat=n)}


LETTERS = st.sampled_from(["a", "b", "[ab]", "[a-c]", r"\.", "-", "é"])
PATTERNS = st.recursive(
    LETTERS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=2).map("|".join).map("({})".format),
        st.tuples(inner, st.sampled_from(["?", "{2}", "{0,2}", "{1,2}"])).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=150)
@given(PATTERNS)
def test_count_and_expression_agree_with_the_list_of_all_texts(text: str) -> None:
    pattern = Pattern.parse(text)
    every = texts(pattern.node)
    assert count(pattern) == len(every)
    assert pattern.longest == max(map(len, every))
    tried = pl.Series([*sorted(every)[:200], "", "zz", "ab\n", "aab-b", "ccc"])
    held = tried.str.contains(pattern.regex).to_list()
    assert held == [one in every for one in tried]
    assert held == [re.fullmatch(text, one) is not None for one in tried]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (r"[A-Z]{2}-\d{4}", 26**2 * 10**4),
        (r"^\w$", 63),
        ("(AB|CD|AB)x?", 4),
        (r"a?a?a?", 4),
        (r"[A-Z0-9]{100}", 36**100),
        (r"(?:0[1-9]|1[0-2])/\d\d", 1200),
        (r"[\]\-\\]", 3),
        ("[a-]", 2),
        ("ü{3}", 1),
        ("([a-z]{0,20}-?){0,5}", None),
    ],
)
def test_known_patterns(text: str, number: int | None) -> None:
    pattern = Pattern.parse(text)
    assert number is None or count(pattern) == number
    assert len(automaton(pattern)) <= 500


@pytest.mark.parametrize(
    ("text", "words", "offset"),
    [
        ("a*", "has no end", 1),
        ("a+", "has no end", 1),
        ("a{2,}", "has no end", 1),
        ("a{3,2}", "reversed", 1),
        ("a{x}", "not a repeat", 1),
        ("a{2}{3}", "two repeats", 4),
        ("a??", "two repeats", 2),
        ("?a", "nothing to repeat", 0),
        (".", "any character", 0),
        ("[^a]", "no bounds", 0),
        ("[z-a]", "reversed", 2),
        ("[]", "no character", 0),
        ("[ab", "without its ']'", 0),
        ("(ab", "without its ')'", 0),
        ("ab)", "without its '('", 2),
        ("a^b", "whole text", 1),
        ("(?=a)", "kind of group", 0),
        (r"\s", "not known here", 0),
        ("\\", "not known here", 0),
        (r"\1", "not known here", 0),
        ("a{600}", "too many repeats", 1),
        ("(a{400}){400}", "too long", 0),
        ("((((" * 10 + "a" + "))))" * 10, "too deep", 30),
    ],
)
def test_what_is_refused(text: str, words: str, offset: int) -> None:
    with pytest.raises(PatternError, match=re.escape(words)) as caught:
        Pattern.parse(text)
    assert caught.value.offset == offset


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet=r"ab1\d[](){}|?*+.,^$-w", max_size=12))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = Pattern.parse(text)
    except PatternError:
        return
    pl.Series(["a"]).str.contains(pattern.regex)
