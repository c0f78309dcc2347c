from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.scenes.formats import json_stream
from seedbed.scenes.formats.json_stream import JsonError, members

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5), st.integers(1, 40), st.sampled_from([None, 1]))
def test_any_window_reads_what_json_reads(
    tmp_path_factory: pytest.TempPathFactory, body: dict[str, Any], block: int, indent: int | None
) -> None:
    path = tmp_path_factory.getbasetemp() / "stream.json"
    path.write_text(json.dumps(body, indent=indent), encoding="utf-8")
    found: dict[str, list[Any]] = defaultdict(list)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_BLOCK", block)
        for key, value, _ in members(path):
            found[key].append(value)
    assert found == {key: value if isinstance(value, list) else [value] for key, value in body.items() if value != []}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "top is not an object"),
        ("[]", 1, "top is not an object"),
        ('{"a": [1,\n 2,\n', 3, "not JSON"),
        ('{"a": [1,\n {"b": }]}', 2, "not JSON"),
        ('{"a": 1\n "b": 2}', 2, ", or } was expected"),
        ('{"a": 1}\n\nx', 3, "follows the end"),
        ('{"a": [1 2]}', 1, ", or ] was expected"),
        ('{"a" 1}', 1, ": was expected"),
        ("{1: 2}", 1, "a key was expected"),
        ('{"a": "never closed\n}', 2, "not JSON"),
        ('{"a": ' + "[" * 5000 + "{" * 5 + '"b":', 1, "nested too deeply"),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(JsonError, match=words) as caught:
        list(members(path))
    assert caught.value.line == line
