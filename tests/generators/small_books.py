"""Small books and what the tests ask of their tables."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from seedbed.core.documents import Document, loads
from seedbed.rules import Book, check_book

GROCERY = """
seedbed: book/1
name: grocery
seed: 7
period: {start: 2025-01-01, end: 2026-12-31, timezone: America/Montreal}
tables:
  store:
    rows: 40
    columns:
      store_id: {type: id, format: "S{:03d}"}
      city: {type: category, choices: {Montreal: 45, Laval: 20, Quebec: 20, Longueuil: 15}}
      area_m2: {type: integer, range: [400, 6000], typical: 1500, unit: m2, about: Sales floor}
      manager: {type: text, faker: name, locale: fr_CA, sensitive: true}
      opened: {type: date, range: [1992-01-01, 2024-12-31]}
  product:
    rows: 300
    columns:
      product_id: {type: id, format: "P{:05d}"}
      category: {type: category, choices: {produce: 30, dairy: 20, bakery: 10}}
      price: {type: decimal, places: 2, range: [0.50, 60], typical: 5}
  sale:
    rows: 20000
    columns:
      sale_id: {type: id}
      store: {type: reference, to: store, weight: area_m2}
      product: {type: reference, to: product, skew: 1.1}
      sold_at:
        type: datetime
        range: period
        effects: [{weekday: {sat: 1.35, sun: 1.20}}, {season: {peak: 12-20, swing: 0.25}}]
      promo: {type: boolean, chance: 0.12}
      quantity:
        type: integer
        range: [1, 50]
        typical: 2
        effects: [{when: {if: promo, factor: 1.8}}, {per: {entity: store, spread: 0.2}}]
      discount: {type: decimal, places: 2, cases: [{when: promo, range: [0.05, 0.40], typical: 0.2}, {otherwise: 0}]}
      total: {type: decimal, places: 2, formula: "quantity * product.price * (1 - discount)"}
      paid_by: {type: category, choices: {card: 70, cash: 22, voucher: 8}, missing: 0.01}
      note:
        type: text
        cases: [{when: promo, faker: word}, {when: "store.city = 'Laval'", value: local}, {otherwise: null}]
"""


def book_of(text: str) -> Document[Book]:
    """A checked book."""
    document = loads(text, Book, path=Path("book.yaml"))
    check_book(document)
    return document


def table_of(columns: str, rows: int = 1000, head: str = "seed: 3") -> Document[Book]:
    """A book of one table `t`; columns are lines of YAML."""
    lines = "\n".join("      " + line for line in columns.strip().splitlines())
    return book_of(f"seedbed: book/1\nname: b\n{head}\ntables:\n  t:\n    rows: {rows}\n    columns:\n{lines}\n")


def read(root: Path, table: str = "t") -> pl.DataFrame:
    """A written table."""
    return pl.read_parquet(root / "tables" / table / "*.parquet")


def digests(root: Path) -> dict[str, str]:
    """Every file of a dataset folder with a digest of its bytes."""
    return {
        path.relative_to(root).as_posix(): hashlib.blake2b(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
