"""The command line as a person meets it: what it prints, what it leaves, how it exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from seedbed.cli.app import app

BOOK = """\
seedbed: book/1
name: shop
about: A small shop.
seed: 3
tables:
  store:
    rows: 5
    columns:
      store_id: {type: id, format: "S{:02d}"}
      area: {type: integer, range: [50, 900], typical: 200, unit: m2, about: Floor space}
  sale:
    rows: 400
    columns:
      sale_id: {type: id}
      store: {type: reference, to: store, weight: area}
      quantity: {type: integer, range: [1, 9], typical: 2}
      paid_by: {type: category, choices: {card: 3, cash: 1}, sensitive: true}
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(BOOK)
    return path


def test_generate_then_card(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("generate", book, "-o", out, "--rows", "sale=1_000", "-w", "1")
    assert done.exit_code == 0, done.output
    assert "card.json" in done.output
    card = run("card", out, "--verify")
    assert card.exit_code == 0
    for words in (
        "shop: A small shop.",
        "synthetic",
        "shop.yaml",
        "seed 3",
        "area",
        "m2",
        "sensitive",
        "as it was written",
    ):
        assert words in card.output
    assert json.loads(run("card", out, "--json").stdout)["name"] == "shop"
    table = next((out / "tables/sale").glob("*.parquet"))
    table.write_bytes(b"x")
    damaged = run("card", out, "--verify")
    assert damaged.exit_code == 1
    assert f"{table.relative_to(out).as_posix()}: changed" in damaged.output


def test_check_lists_every_problem_of_every_file(book: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(BOOK.replace("typical: 200", "typcal: 200").replace("to: store", "to: stor"))
    other = tmp_path / "other.yaml"
    other.write_text("seedbed: bok/1\n")
    done = run("check", book, bad, other, tmp_path / "shp.yaml")
    assert done.exit_code == 1
    assert f"{book}: rule book 'shop', fine: rows of store 5, sale 400" in done.output
    for words in (
        f"{bad}:10:",
        "did you mean 'typical'?",
        f"{other}:1:1:",
        "did you mean 'book/1'?",
        "did you mean 'shop.yaml'?",
    ):
        assert words in done.output, words
    assert run("check", book).exit_code == 0


def test_a_broken_book_writes_nothing(book: Path, tmp_path: Path) -> None:
    book.write_text(BOOK.replace("choices: {card: 3, cash: 1}", "choices: {card: -3}").replace("seed: 3", "seed: x"))
    done = run("generate", book, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert "shop.yaml:4:7" in done.output
    assert "nothing was written" in done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("rows", ["sale", "sale=", "=5", "sale=-1", "sale=many"])
def test_wrong_usage_exits_with_2(book: Path, tmp_path: Path, rows: str) -> None:
    done = run("generate", book, "-o", tmp_path / "out", "--rows", rows)
    assert done.exit_code == 2
    assert "TABLE=ROWS" in done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [["generate"], ["nonsense"], ["render", "x.yaml"], ["schema", "poem"]])
def test_other_wrong_usage(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_an_unknown_table_is_named(book: Path, tmp_path: Path) -> None:
    done = run("generate", book, "-o", tmp_path / "out", "--rows", "sales=5")
    assert done.exit_code == 1
    assert "sale" in done.output
    assert "sales" in done.output
    assert not (tmp_path / "out").exists()


def test_a_folder_of_another_seed_is_refused(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("generate", book, "-o", out, "-w", "1").exit_code == 0
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    book.write_text(BOOK.replace("seed: 3", "seed: 4"))
    done = run("generate", book, "-o", out, "-w", "1")
    assert done.exit_code == 1
    assert "seed 3" in done.output
    assert "seed 4" in done.output
    after = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert {path: at for path, at in after.items() if path in before} == before


def test_check_shows_what_the_plan_refuses_and_remarks(tmp_path: Path) -> None:
    column = "{type: number, range: [0, 9], typical: 5, effects: [noise: {spread: 1}]}"
    (tmp_path / "b.yaml").write_text(
        f"seedbed: book/1\nname: b\ntables:\n  t:\n    rows: 100\n    columns:\n      n: {column}\n"
    )
    done = run("check", tmp_path / "b.yaml")
    assert done.exit_code == 0
    assert "note: t.n: in " in done.stdout
    refused = "{type: date, range: [2025-01-06, 2025-01-06], effects: [weekday: {mon: 0}]}"
    (tmp_path / "b.yaml").write_text((tmp_path / "b.yaml").read_text() + f"      d: {refused}\n")
    done = run("check", tmp_path / "b.yaml")
    assert done.exit_code == 1
    assert "b.yaml:8:7: tables.t.columns.d: the effects leave no day of the range" in done.stdout


def test_init_makes_a_workspace_that_checks(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    assert run("init", folder).exit_code == 0
    files = sorted(folder.glob("*.yaml"))
    assert [path.name for path in files] == ["book.yaml", "plan.yaml", "scene.yaml"]
    done = run("check", *files)
    assert done.exit_code == 0, done.output
    again = run("init", folder)
    assert again.exit_code == 1
    assert "not empty" in again.output


@pytest.mark.parametrize("kind", ["book", "scene", "plan"])
def test_schemas_are_schemas(kind: str) -> None:
    done = run("schema", kind)
    assert done.exit_code == 0
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert f"{kind}/1" in done.stdout


def test_version_and_help() -> None:
    assert run("--version").stdout.startswith("seedbed 0.")
    assert run("--help").exit_code == 0


def test_card_of_nothing(tmp_path: Path) -> None:
    done = run("card", tmp_path)
    assert done.exit_code == 1
    assert "no card.json here" in done.output


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "seedbed", "--debug", "card", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("workers", [1, 2])
def test_interrupt_keeps_what_is_committed_and_says_how_to_go_on(book: Path, tmp_path: Path, workers: int) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "seedbed", "generate", str(book), "-o", str(out), "--rows", "sale=60000000"]
    process = subprocess.Popen(
        [*command, "-w", str(workers)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(list(out.glob("manifest/[!.]*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    assert len(list(out.glob("manifest/*.json"))) >= 2


@pytest.mark.parametrize(
    ("words", "told"),
    [(["--real-labels", "4"], "goes with --arms"), (["--arms", "--real-labels", "4,x"], "'x' is neither")],
)
def test_numbers_of_labels_are_checked(tmp_path: Path, words: list[str], told: str) -> None:
    result = run("train", tmp_path / "plan.yaml", "-o", tmp_path / "out", *words)
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())
