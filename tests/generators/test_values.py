from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.generators.values import IdText, Values, Words, concatenated, id_texts, strings, texts

WORDS = st.lists(st.text(max_size=6).filter(lambda t: t < "\ud800" or t > "\udfff"), min_size=1, max_size=8)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 10**15), max_size=30),
    st.text("aé-", max_size=3),
    st.integers(0, 9),
    st.text("/z", max_size=2),
)
def test_ids_are_formatted_as_python_does(rows, prefix, width, suffix):
    made = id_texts(np.array(rows, np.int64), IdText(prefix, width, suffix))
    made.validate(full=True)
    assert made.to_pylist() == [f"{prefix}{row + 1:0{width}d}{suffix}" for row in rows]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=9)))
def test_strings(words):
    made = strings(words)
    made.validate(full=True)
    assert made.to_pylist() == words


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.sampled_from("abc")), max_size=20))
def test_texts_keep_words_and_gaps(words):
    values = texts(pa.array(words, pa.string()))
    assert spelt(values) == words


def spelt(values: Values) -> list[str | None]:
    valid = np.ones(len(values), bool) if values.valid is None else values.valid
    known = values.words.texts.to_pylist()
    return [known[code] if ok else None for code, ok in zip(values.data, valid, strict=True)]


@settings(deadline=None)
@given(st.data())
def test_concatenated_texts(data):
    parts, expected = [], []
    for _ in range(data.draw(st.integers(1, 4))):
        words = data.draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4))
        codes = data.draw(st.lists(st.integers(0, len(words) - 1), max_size=6))
        valid = np.array(data.draw(st.lists(st.booleans(), min_size=len(codes), max_size=len(codes))), bool)
        part = Values(np.array(codes, np.int16), valid if data.draw(st.booleans()) else None, Words.of(words))
        parts.append(part)
        expected += spelt(part)
    assert spelt(concatenated(parts)) == expected
