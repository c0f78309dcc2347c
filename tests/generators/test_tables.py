"""The tables mean what the book says."""

from __future__ import annotations

import datetime as dt
import json
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import polars as pl
import pytest
from small_books import GROCERY, book_of, digests, read, table_of

from seedbed.core.errors import DataError, DocumentError, EngineError
from seedbed.core.shards import Store, verify
from seedbed.generators import generate, plans, tables
from seedbed.generators.plans import ShardPlan


@pytest.fixture(scope="module")
def grocery(tmp_path_factory):
    root = tmp_path_factory.mktemp("grocery")
    result = generate(book_of(GROCERY), root)
    return root, result


def joined(root) -> pl.DataFrame:
    product = read(root, "product").select(pl.all().name.prefix("product."))
    store = read(root, "store").select(pl.all().name.prefix("store."))
    sale = read(root, "sale")
    return sale.join(product, left_on="product", right_on="product.product_id", maintain_order="left").join(
        store, left_on="store", right_on="store.store_id", maintain_order="left"
    )


def test_recomputed_parents_are_the_joined_parents(grocery):
    root, _ = grocery
    rows = joined(root)
    assert len(rows) == 20000
    cent = Decimal("0.01")
    totals = [
        (quantity * price * (1 - discount)).quantize(cent, ROUND_HALF_UP)
        for quantity, price, discount in rows.select("quantity", "product.price", "discount").iter_rows()
    ]
    assert rows["total"].to_list() == totals


def test_cases_choose_the_first_that_holds(grocery):
    rows = joined(grocery[0])
    promo, rest = rows.filter(pl.col("promo")), rows.filter(~pl.col("promo"))
    assert promo["discount"].min() >= Decimal("0.05")
    assert promo["discount"].max() <= Decimal("0.40")
    assert (rest["discount"] == 0).all()
    assert promo["note"].null_count() == 0
    assert not promo["note"].is_in(["local"]).all()
    laval = rest["store.city"] == "Laval"
    assert (rest["note"].fill_null("") == "local").equals(laval.alias("note"))


def test_types_and_words_that_readers_see(grocery):
    import duckdb
    import pyarrow.parquet as pq

    root, _ = grocery
    schema = read(root, "sale").schema
    assert schema["sale_id"] == pl.Int64
    assert schema["store"] == pl.String
    assert schema["sold_at"] == pl.Datetime("ms", "America/Montreal")
    assert schema["promo"] == pl.Boolean
    assert schema["quantity"] == pl.Int64
    assert schema["total"] == pl.Decimal(18, 2)
    assert schema["paid_by"] == pl.String
    assert read(root, "store").schema["opened"] == pl.Date
    store = pq.read_schema(root / "tables/store/part-00000.parquet")
    assert store.field("area_m2").metadata == {b"unit": b"m2", b"about": b"Sales floor"}
    assert store.field("manager").metadata == {b"sensitive": b"true"}
    query = f"select sum(total) from '{root}/tables/sale/*.parquet'"
    assert duckdb.connect().execute(query).fetchone()[0] == read(root, "sale")["total"].sum()


def test_dates_lie_in_the_period_local(grocery):
    sold = read(grocery[0], "sale")["sold_at"]
    assert sold.min().replace(tzinfo=None) >= dt.datetime(2025, 1, 1)
    assert sold.max().replace(tzinfo=None) < dt.datetime(2027, 1, 1)
    assert (sold.dt.timestamp("ms") % 1000 == 0).all()


def test_ids_and_references(grocery):
    root, _ = grocery
    sale, store = read(root, "sale"), read(root, "store")
    assert sale["sale_id"].to_list() == list(range(1, 20001))
    assert store["store_id"].to_list() == [f"S{k:03d}" for k in range(1, 41)]
    assert set(sale["store"]) <= set(store["store_id"])
    counts = dict(sale["store"].value_counts().iter_rows())
    area = store["area_m2"].to_numpy()
    expected = 20000 * area / area.sum()
    got = np.array([counts.get(name, 0) for name in store["store_id"]])
    assert (np.abs(got - expected) < 5 * np.sqrt(expected)).all()


def test_skewed_reference(grocery):
    counts = read(grocery[0], "sale")["product"].value_counts(sort=True)["count"].to_numpy()
    weights = np.arange(1, 301) ** -1.1
    expected = 20000 * weights / weights.sum()
    assert (np.abs(counts[:20] - expected[:20]) < 5 * np.sqrt(expected[:20])).all()


def test_missing_share_and_choices(grocery):
    paid = read(grocery[0], "sale")["paid_by"]
    assert paid.null_count() == pytest.approx(200, abs=70)
    shares = dict(paid.drop_nulls().value_counts(normalize=True).iter_rows())
    assert shares["card"] == pytest.approx(0.7, abs=0.02)
    assert shares["voucher"] == pytest.approx(0.08, abs=0.01)


def test_weekdays_and_season(made):
    sold = made(
        "at: {type: datetime, range: [2025-01-06, 2026-01-04], "
        "effects: [{weekday: {sat: 2, sun: 0}}, {season: {peak: 07-01, swing: 0.5}}]}",
        rows=60000,
    )["at"]
    days = sold.dt.weekday().value_counts().sort("at")["count"].to_list()
    assert len(days) == 6  # no Sunday
    assert days[5] == pytest.approx(2 * np.mean(days[:5]), rel=0.05)
    months = dict(sold.dt.month().value_counts().iter_rows())
    assert months[7] / months[1] == pytest.approx(3, rel=0.15)


@pytest.mark.parametrize(
    ("column", "low", "mode", "high"),
    [
        ("{type: integer, range: [1, 50], typical: 2}", 1, 2, 50),
        ("{type: integer, range: [-20, 20], typical: 20}", -20, 20, 20),
        ("{type: decimal, places: 2, range: [0.5, 60], typical: 5}", 0.5, 5, 60),
        ("{type: number, range: [0, 1], typical: 0.25}", 0, 0.25, 1),
    ],
)
def test_pert_mean(made, column, low, mode, high):
    values = made(f"v: {column}", rows=200_000)["v"].cast(pl.Float64)
    deviation = values.std() / np.sqrt(len(values))
    assert values.mean() == pytest.approx((low + 4 * mode + high) / 6, abs=4 * deviation + 1e-3 * (high - low) / 50)
    assert values.min() >= low
    assert values.max() <= high


def test_uniform_integers_are_equally_likely(made):
    counts = made("v: {type: integer, range: [3, 8]}", rows=60000)["v"].value_counts().sort("v")
    assert counts["v"].to_list() == [3, 4, 5, 6, 7, 8]
    assert counts["count"].cast(pl.Int64).to_list() == pytest.approx([10000] * 6, abs=500)


def test_pert_with_effects_has_each_rows_own_mean(made):
    rows = made(
        "p: {type: boolean, chance: 0.5}\n"
        "v: {type: number, range: [0, 100], typical: 10, effects: [{when: {if: p, factor: 3}}]}",
        rows=200_000,
    )
    means = dict(rows.group_by("p").agg(pl.col("v").mean()).iter_rows())
    assert means[False] == pytest.approx((4 * 10 + 100) / 6, abs=0.2)
    assert means[True] == pytest.approx((4 * 30 + 100) / 6, abs=0.2)


def test_effects_never_leave_the_range(made):
    rows = made(
        "p: {type: boolean, chance: 0.5}\n"
        "v: {type: integer, range: [1, 9], typical: 5, effects: [{when: {if: p, factor: 1000}}]}\n"
        "w: {type: integer, range: [1, 9], typical: 5, effects: [{when: {if: p, factor: 0}}]}\n"
    )
    assert rows["v"].is_between(1, 9).all()
    assert rows["w"].is_between(1, 9).all()


def test_entities_keep_their_factor(tmp_path):
    """Entities differ, each in the same way over all its rows."""
    book = """
seedbed: book/1
name: b
tables:
  p: {rows: 40, columns: {p_id: {type: id}}}
  c:
    rows: 20000
    columns:
      id: {type: id}
      p: {type: reference, to: p}
      n: {type: integer, range: [0, 99], typical: 30, effects: [{per: {entity: p, spread: 0.4}}]}
"""
    generate(book_of(book), tmp_path)
    rows = read(tmp_path, "c").group_by("p", pl.col("id") % 2).agg(pl.col("n").mean())
    odd, even = (rows.filter(pl.col("id") == side).sort("p")["n"].to_numpy() for side in (0, 1))
    assert np.corrcoef(odd, even)[0, 1] > 0.9
    # The mean of a PERT tells its typical value, and so the factor.
    factors = ((odd + even) / 2 * 6 - 99) / 4 / 30
    assert np.log(factors).std() == pytest.approx(0.4, abs=0.15)


def test_effect_by_weekday_on_a_number(made):
    rows = made(
        "d: {type: date, range: [2025-01-01, 2025-12-31]}\n"
        "v: {type: number, range: [0, 100], typical: 10, effects: [{weekday: {sat: 4}}]}",
        rows=100_000,
    )
    means = rows.group_by(pl.col("d").dt.weekday() == 6).agg(pl.col("v").mean()).sort("d")["v"].to_list()
    assert means == pytest.approx([(40 + 100) / 6, (160 + 100) / 6], abs=0.5)


def test_division_by_zero_is_missing_and_counted(tmp_path):
    document = table_of(
        "a: {type: integer, range: [0, 1]}\n"
        'b: {type: number, formula: "1 / a"}\n'
        'c: {type: decimal, places: 2, formula: "1 / a"}'
    )
    result = generate(document, tmp_path)
    rows = read(tmp_path)
    zeros = rows["a"] == 0
    assert rows["b"].is_null().equals(zeros.alias("b"))
    assert rows["c"].is_null().equals(zeros.alias("c"))
    assert result.undefined == {"t.b": zeros.sum(), "t.c": zeros.sum()}
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["seedbed:quality"]["undefined"] == result.undefined


def test_missing_inputs_are_not_counted_as_undefined(tmp_path):
    document = table_of('a: {type: integer, range: [1, 9], missing: 0.5}\nb: {type: integer, formula: "a + 1"}')
    assert generate(document, tmp_path).undefined == {}
    rows = read(tmp_path)
    assert rows["b"].null_count() == rows["a"].null_count() > 300


def test_missing_references_have_missing_parents(tmp_path):
    book = """
seedbed: book/1
name: b
tables:
  p: {rows: 10, columns: {p_id: {type: id, format: "P{}"}, size: {type: integer, range: [1, 5]}}}
  c:
    rows: 1000
    columns:
      p: {type: reference, to: p, missing: 0.3}
      size: {type: integer, formula: p.size}
      again: {type: text, formula: p}
"""
    generate(book_of(book), tmp_path)
    rows = read(tmp_path, "c")
    assert rows["p"].null_count() == pytest.approx(300, abs=60)
    assert rows["size"].is_null().equals(rows["p"].is_null().alias("size"))
    assert rows["again"].equals(rows["p"].alias("again"))


@pytest.mark.parametrize("stored", [True, False])
def test_parents_of_parents_and_parents_too_many_to_keep(tmp_path, monkeypatch, stored):
    from seedbed.generators import blocks, effects

    if not stored:
        monkeypatch.setattr(blocks, "MOST_KEPT", 1)
        monkeypatch.setattr(effects, "MOST_KEPT", 1)
    book = """
seedbed: book/1
name: b
period: {start: 2025-01-01, end: 2025-12-31, timezone: Europe/Paris}
tables:
  region: {rows: 12, columns: {r: {type: id}, name: {type: category, choices: {a: 1, b: 1}}}}
  store:
    rows: 30
    columns: {s: {type: id}, region: {type: reference, to: region}, opened: {type: datetime, range: period}}
  sale:
    rows: 2000
    columns:
      id: {type: id}
      store: {type: reference, to: store}
      where: {type: text, formula: "store.region.name || store.region"}
      opened: {type: datetime, formula: store.opened}
      n:
        type: integer
        range: [0, 99]
        typical: 30
        effects: [{per: {entity: store, spread: 0.5}}, {when: {if: "store.region.name = 'a'", factor: 2}}]
"""
    generate(book_of(book), tmp_path)
    sale, store, region = (read(tmp_path, name) for name in ("sale", "store", "region"))
    rows = sale.join(store, left_on="store", right_on="s", maintain_order="left").join(
        region, left_on="region", right_on="r", maintain_order="left"
    )
    assert (rows["where"] == rows["name"] + rows["region"].cast(pl.String)).all()
    assert rows["opened"].equals(rows["opened_right"].alias("opened"))
    means = dict(rows.group_by("name").agg(pl.col("n").mean()).iter_rows())
    assert means["a"] > means["b"]


def test_kept_and_recomputed_parents_are_the_same(tmp_path, monkeypatch):
    from seedbed.generators import blocks, effects

    generate(book_of(GROCERY), tmp_path / "kept", rows={"sale": 3000})
    monkeypatch.setattr(blocks, "MOST_KEPT", 1)
    monkeypatch.setattr(effects, "MOST_KEPT", 1)
    generate(book_of(GROCERY), tmp_path / "anew", rows={"sale": 3000})
    assert digests(tmp_path / "kept") == digests(tmp_path / "anew")


def test_rows_override(tmp_path):
    result = generate(book_of(GROCERY), tmp_path, rows={"sale": 10, "product": 5})
    assert result.rows == {"store": 40, "product": 5, "sale": 10}
    assert len(read(tmp_path, "sale")) == 10
    assert json.loads((tmp_path / "seedbed.lock").read_text())["options"] == {"rows product": 5, "rows sale": 10}
    with pytest.raises(DataError, match="another file, seed or option"):
        generate(book_of(GROCERY), tmp_path, rows={"sale": 11})


def test_no_rows(tmp_path):
    generate(book_of(GROCERY), tmp_path, rows={"sale": 0})
    sale = read(tmp_path, "sale")
    assert len(sale) == 0
    assert sale.schema["total"] == pl.Decimal(18, 2)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"sales": 5}, "did you mean 'sale'"),
        ({"sale": -1}, "cannot have -1 rows"),
        ({"store": 0}, "store, which has no rows"),
    ],
)
def test_wrong_rows_are_refused_and_nothing_is_written(tmp_path, rows, words):
    with pytest.raises(DataError, match=words):
        generate(book_of(GROCERY), tmp_path / "out", rows=rows)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("a: {type: date, range: [2025-01-04, 2025-01-05], effects: [{weekday: {sat: 0, sun: 0}}]}", "no day"),
        ("a: {type: integer, range: [0, 9]}\nb: {type: date, formula: a > 3}", "formula does not"),
        ('a: {type: text, faker: name}\nb: {type: integer, formula: "a || a"}', "formula does not"),
    ],
)
def test_what_only_values_show_is_said_in_words(tmp_path, columns, words):
    # The book's own check may see some of these first.
    with pytest.raises((DataError, DocumentError), match=words):
        generate(table_of(columns), tmp_path / "out")


def test_negative_weights_are_refused(tmp_path):
    book = """
seedbed: book/1
name: b
tables:
  p: {rows: 10, columns: {p_id: {type: id}, size: {type: integer, formula: "p_id - 5"}}}
  c: {rows: 10, columns: {p: {type: reference, to: p, weight: size}}}
"""
    with pytest.raises(DataError, match="weight is negative"):
        generate(book_of(book), tmp_path / "out")


def test_resume_makes_only_what_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "SHARD", 6000)
    generate(book_of(GROCERY), tmp_path / "whole")
    generate(book_of(GROCERY), tmp_path / "out")
    for name in ("sale-00001", "product-00000"):
        (tmp_path / "out" / "manifest" / f"{name}.json").unlink()
    (tmp_path / "out" / "tables" / "sale" / "part-00001.parquet").write_bytes(b"half")
    again = generate(book_of(GROCERY), tmp_path / "out")
    assert (again.shards, again.resumed) == (2, 4)
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")
    assert verify(tmp_path / "out") == []
    assert generate(book_of(GROCERY), tmp_path / "out").shards == 0


def test_an_error_while_writing_leaves_nothing_half_done(tmp_path, monkeypatch):
    from seedbed.generators import files

    monkeypatch.setattr(plans, "SHARD", 6000)
    real = files.write_file

    def full(path, table, start, stop, **rest):
        if start == 12000:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        return real(path, table, start, stop, **rest)

    monkeypatch.setattr(files, "write_file", full)
    with pytest.raises(EngineError, match="disk is full"):
        generate(book_of(GROCERY), tmp_path / "out")
    left = list((tmp_path / "out").rglob("*.parquet"))
    assert len(left) == len(Store.attach(tmp_path / "out").done())
    monkeypatch.undo()
    monkeypatch.setattr(plans, "SHARD", 6000)
    generate(book_of(GROCERY), tmp_path / "out")
    generate(book_of(GROCERY), tmp_path / "whole")
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")


def test_progress_counts_every_row(tmp_path):
    class Count:
        total, done = 0, 0

        def start(self, total, unit, label):
            self.total = total

        def advance(self, count=1):
            self.done += count

        def note(self, text):
            pass

        def finish(self):
            pass

    count = Count()
    generate(book_of(GROCERY), tmp_path, progress=count)
    assert count.done == count.total == 20340


@pytest.mark.parametrize(("rows", "workers"), [([10], 1), ([600_000, 300_000], 1), ([1_048_576, 1_000], 2), ([9e6], 4)])
def test_processes_that_rows_are_worth(monkeypatch, rows, workers):
    monkeypatch.setattr(tables, "cores", lambda: 4)
    tasks = [ShardPlan(f"t{number}", 0, 0, int(count)) for number, count in enumerate(rows)]
    assert tables._worth(tasks) == workers
