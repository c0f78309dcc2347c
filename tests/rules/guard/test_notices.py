"""Telling people: what a book may hold, and one message to a real server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedbed.core.documents import loads
from seedbed.core.errors import Problem
from seedbed.rules import Book
from seedbed.rules.guard.flow import validate

BOOK = """
seedbed: book/1
name: shop
tables:
  t:
    rows: 3
    columns: {n: {type: integer, range: [1, 5]}, m: {type: integer, range: [1, 5]}}
notify: [NOTIFY]
"""


def run(tmp_path: Path, notify: str) -> dict[str, object]:
    (tmp_path / "t.csv").write_text("n,m\n1,2\n9,8\nsecretvalue,7\n9,x\n")
    document = loads(BOOK.replace("NOTIFY", notify), Book, path=tmp_path / "book.yaml")
    result = validate(document, tmp_path / "t.csv", tmp_path / "out")
    outcome: dict[str, object] = result.report["notify"]
    return outcome


def test_one_message_with_counts_and_reasons(tmp_path: Path, server: tuple[str, list[tuple[str, str]]]) -> None:
    address, received = server
    assert run(tmp_path, f"'{address}/here'") == {"recipients": 1, "sent": 1, "notes": []}
    ((path, body),) = received
    assert path == "/here"
    message = json.loads(body)
    assert message["title"] == "shop: the data does not pass"
    assert "4 read, 1 accepted, 3 quarantined" in message["message"]
    assert message["message"].count("\n- ") == 3
    assert "secretvalue" not in body


def test_secrets_come_from_the_environment_and_go_nowhere_else(
    tmp_path: Path,
    server: tuple[str, list[tuple[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    address, received = server
    monkeypatch.setenv("SHOP_HOOK", f"{address}/hook/broken4f9a8b7c6d5e")
    outcome = run(tmp_path, '{url: "${SHOP_HOOK}"}')
    assert len(received) >= 1
    assert outcome == {"recipients": 1, "sent": 0, "notes": ["notify, recipient 1: the message could not be sent"]}
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    said = capfd.readouterr()
    assert "4f9a8b7c6d5e" not in written.decode("utf-8", "replace") + caplog.text + said.out + said.err


def test_a_message_that_cannot_be_sent_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOBODY_SET_THIS", raising=False)
    outcome = run(tmp_path, '"${NOBODY_SET_THIS}", "json://127.0.0.1:9/"')
    assert outcome["sent"] == 0
    assert "the environment variable NOBODY_SET_THIS is not set" in str(outcome["notes"])


def test_an_absent_package_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    outcome = run(tmp_path, '"json://127.0.0.1:9/"')
    assert "pip install 'seedbed[notify]'" in str(outcome["notes"])


@pytest.mark.parametrize(
    "notify",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "mailto://me:hunter2@example.com",
        "mailto://example.com?user=me&pass=hunter2",
        "json://host/path?+Authorization=hunter2",
        "json://host/hook/4f9a8b7c6d5e4f3a2b1c",
        "https://hooks.example.com/services/hunter2",
        "tgram://123456:hunter2/chat",
        "hunter2",
        "${lost",
    ],
)
def test_a_secret_in_the_book_is_refused_and_not_repeated(
    problems: Callable[[str], list[Problem]], notify: str
) -> None:
    found = problems(BOOK.replace("NOTIFY", f"{{url: '{notify}'}}"))
    assert len(found) == 1, found
    assert found[0].line == 8
    assert "hunter2" not in str(found[0])
    assert "4f9a" not in str(found[0])
    assert "TIiajkdn" not in str(found[0])
    assert "${" in str(found[0])


@pytest.mark.parametrize(
    "notify",
    ["${HOOK}", "slack://${A}/${B}/${C}", "mailto://me:${PASSWORD}@example.com", "json://host/path", "jsons://h?a=b"],
)
def test_addresses_without_a_secret(problems: Callable[[str], list[Problem]], notify: str) -> None:
    assert problems(BOOK.replace("NOTIFY", f"'{notify}'")) == []
