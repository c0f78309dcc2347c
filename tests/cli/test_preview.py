"""The preview page: every table and column is on it, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedbed.cli.diagram import Box, diagram
from seedbed.cli.preview import write_preview
from seedbed.core.errors import EngineError
from seedbed.rules import load_book, packs


@pytest.mark.parametrize("name", packs())
def test_page_of_a_pack(name: str, tmp_path: Path) -> None:
    path = packs()[name]
    write_preview(path, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for table, spec in load_book(path).value.tables.items():
        assert f'<h3 id="{table}">' in page
        for column in spec.columns:
            assert re.search(rf">\s*{column}\s*<", page), (table, column)
    # One file that can be mailed: no script, nothing fetched.
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_text_of_a_client_is_shown_not_run(tmp_path: Path) -> None:
    book = tmp_path / "b.yaml"
    book.write_text(
        "seedbed: book/1\nname: b\nabout: <script>alert(1)</script>\n"
        "tables: {t: {rows: 9, about: '<b>x', columns: {c: {type: category, choices: {'<i>': 1}}}}}\n"
    )
    write_preview(book, tmp_path / "p.html")
    page = (tmp_path / "p.html").read_text()
    assert "<script" not in page
    assert "<b>x" not in page
    assert "<i>" not in page.replace('<i class="', "").replace("<i style=", "")


def test_a_folder_in_the_way_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="a folder has this name"):
        write_preview(packs()["grocery"], tmp_path)


def test_diagram_puts_parents_left_and_loops_at_the_side() -> None:
    boxes = [
        Box("order", "9 rows", [("id", "id"), ("customer", "→ customer")], {"customer": "customer"}),
        Box("customer", "3 rows", [("id", "id"), ("friend", "→ customer")], {"friend": "customer"}),
    ]
    svg = diagram(boxes)
    x = dict(re.findall(r'<text x="(\d+)"[^>]*font-weight="700"[^>]*>(\w+)<', svg))
    x = {name: int(left) for left, name in x.items()}
    assert x["customer"] < x["order"]
    assert svg.count("<circle") == 2


def test_a_wide_table_keeps_its_references_in_the_diagram() -> None:
    columns = [(f"c{i}", "integer") for i in range(40)] + [("to", "→ p")]
    svg = diagram([Box("wide", "", columns, {"to": "p"}), Box("p", "", [("id", "id")], {})])
    assert "and 28 more" in svg
    assert ">to<" in svg
