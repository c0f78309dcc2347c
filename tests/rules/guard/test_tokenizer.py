"""The tokenizer beside an oracle that goes byte by byte, and beside the standard library."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from record_oracle import MOST, Record, oracle

from seedbed.rules.guard.tokenizer import Tokenizer


def cut(text: bytes, width: int, size: int, most: int = MOST) -> tuple[list[Record], int]:
    """The tokenizer's records, fed `size` bytes at a time."""
    tokenizer = Tokenizer(",", '"', width, most)
    records: list[Record] = []
    rest, line, blanks = b"", 1, 0
    pieces = [text[at : at + size] for at in range(0, len(text), size)] or [b""]
    for number, piece in enumerate(pieces):
        rest += piece
        while True:
            found = tokenizer.cut(rest, number == len(pieces) - 1)
            for index, (start, stop) in enumerate(zip(found.starts, found.stops, strict=True)):
                code = found.faults.get(index, "")
                fields = int(found.widths[index])
                if index in found.fields:
                    assert len(found.fields[index]) == fields
                records.append((rest[start:stop], line + int(found.lines[index]), fields, code))
            line, blanks = line + found.line_count, blanks + found.blank
            rest = rest[found.used :]
            if not found.used or not rest:
                break
    assert rest == b""
    return records, blanks


PARTS = (b",", b"\n", b"\r\n", b"\r", b'"', b'""', b"a", b"bc", b'"x"', b'"x,y"', b'"p\nq"', b"\0", b"0" * 30)
messy = st.lists(st.sampled_from(PARTS)).map(b"".join)


@given(messy, st.integers(1, 3), st.integers(1, 60))
@settings(max_examples=400)
@example(b'1,"open\n2,3\n4,"x"\n', 2, 7)
@example(b"0" * 100 + b"\n1,2\n", 2, 9)
@example(b'"' + b"0" * 30 + b"\n" + b"0" * 30 + b'",1\n2,3\n', 2, 13)
def test_any_bytes_are_cut_as_the_rules_say(text: bytes, width: int, size: int) -> None:
    assert cut(text, width, size) == oracle(text, width)


@given(messy, st.integers(1, 60), st.integers(1, 60))
def test_the_size_of_chunks_changes_nothing(text: bytes, one: int, other: int) -> None:
    assert cut(text, 2, one) == cut(text, 2, other)


rows = st.lists(st.lists(st.text('ab ,"\n\r;', max_size=4), min_size=2, max_size=2), min_size=1, max_size=12)


@given(rows, st.sampled_from(["\n", "\r\n"]), st.integers(1, 99))
def test_well_formed_text_reads_as_the_standard_library_reads_it(
    table: list[list[str]], ending: str, size: int
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(table)
    text = file.getvalue().encode()
    records, _ = cut(text, 2, size, most=10_000)
    tokenizer = Tokenizer(",", '"', 2)
    assert [[each.decode() for each in tokenizer.fields(record)] for record, *_ in records] == table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"\n\r\n\n", []),
        (b"1,2", [(b"1,2", 1, 2, "")]),
        (b"1,2\r\n\r\n3,4\r\n", [(b"1,2", 1, 2, ""), (b"3,4", 3, 2, "")]),
        (b"1\n2,3,4\n", [(b"1", 1, 1, ""), (b"2,3,4", 2, 3, "")]),
        (b'1,"a\n\nb"\n2,3', [(b'1,"a\n\nb"', 1, 2, ""), (b"2,3", 4, 2, "")]),
        (b'1,5" pipe\n2,3\n', [(b'1,5" pipe', 1, 2, ""), (b"2,3", 2, 2, "")]),
        # A forgotten quote costs its own line and no other.
        (b'1,"a\n2,3\n4,5\n', [(b'1,"a', 1, 0, "unclosed_quote"), (b"2,3", 2, 2, ""), (b"4,5", 3, 2, "")]),
        (b'1,"a"b\n2,"c"\n', [(b'1,"a"b', 1, 0, "unclosed_quote"), (b'2,"c"', 2, 2, "")]),
    ],
)
def test_exact_answers(text: bytes, expected: list[Record]) -> None:
    assert cut(text, 2, 5)[0] == expected
    assert cut(text, 2, 10_000)[0] == expected


def test_one_forgotten_quote_does_not_slow_down_the_rest() -> None:
    text = b'1,"' + b"a,b\n" * 200_000
    tokenizer = Tokenizer(",", '"', 2, 1000)
    by_field = 0
    records = 0
    while text:
        found = tokenizer.cut(text, True)
        by_field += len(found.fields)
        records += len(found.starts)
        text = text[found.used :]
    assert records == 200_000
    assert by_field < 1000
