"""Seedbed beside SDV, Faker and dbldatagen on one table: `python benchmarks/peers.py [--python PATH] [--scale F]`.

The table is the sale of the grocery pack. Every maker runs as a process of its own, one after the other in one call,
and writes Parquet. What counts is the ratio of rows per CPU-second of its whole tree of processes. Makers differ by a
factor of hundreds, so each makes as many rows as take it some tens of seconds; a second, small run of each tells what
its start costs (imports, Spark, loading a model), and the rates are of the rows beyond that start, so that no maker
gains by the number of rows it was given. Rates with the start in them are printed as well.

The peers are no dependency of Seedbed. Install them apart and name their interpreter:

    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install sdv faker pyarrow dbldatagen "pyspark<4" pyparsing jmespath
    python benchmarks/peers.py --python /tmp/peers/bin/python

SDV brings torch; a torch without GPU libraries, installed first, saves gigabytes. dbldatagen also needs Java 8, 11 or
17 (`java` on the path). A peer that cannot be imported is left out, with a line that says what to install. Where a peer
cannot say what the rule book says, a comment in its part tells what it makes instead. Each part is written to be quick,
as somebody who knows that peer well would write it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections import OrderedDict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

ZONE = "America/Montreal"
SAMPLE = 10_000
"""Rows of the sale that Seedbed makes for SDV to learn from."""
START = 1000
"""Rows of the small run of every maker, which tells what its start costs."""
HOLIDAYS = ["01-01", "04-18", "05-19", "06-24", "07-01", "09-01", "10-13", "12-25"]
HOURS = {7: 0.0, 8: 0.4, 12: 1.2, 17: 1.6, 21: 0.3, 22: 0.0}
PAID = OrderedDict([("card", 0.70), ("cash", 0.22), ("voucher", 0.08)])


def day_weights() -> dict[date, float]:
    """Every day of the period with its weight: weekday, season, holidays and trend of the rule book."""
    first = date(2025, 1, 1)
    weights = {}
    for number in range(730):
        day = first + timedelta(number)
        weight = {5: 1.35, 6: 1.2}.get(day.weekday(), 1.0)
        weight *= (1 + 0.25 * math.cos(2 * math.pi * (number - 353) / 365.25)) * 1.04 ** (number / 365.25)
        weights[day] = weight
    for holiday in [date.fromisoformat(f"{year}-{day}") for year in (2025, 2026) for day in HOLIDAYS]:
        weights[holiday] *= 0.1
        for before in (1, 2, 3):
            if holiday - timedelta(before) in weights:
                weights[holiday - timedelta(before)] *= 1.5
    return weights


def hour_weights() -> dict[int, float]:
    """Every opening hour with its weight, the mean of the book's straight lines; no peer draws inside the hour."""
    points = list(HOURS.items())
    weights = {}
    for (start, low), (end, high) in pairwise(points):
        for hour in range(start, end):
            weights[hour] = low + (high - low) * (hour + 0.5 - start) / (end - start)
    return weights


def slots(weights: dict[Any, float]) -> list[Any]:
    """Every key as often among 16,384 slots or so as its weight says: a table to draw from with equal chances."""
    unit = (1 << 14) / sum(weights.values())
    return [key for key, weight in weights.items() for _ in range(round(weight * unit))]


def read(parents: Path, table: str) -> dict[str, list[Any]]:
    """Columns of a parent's table that Seedbed made."""
    import pyarrow.parquet as pq

    columns: dict[str, list[Any]] = pq.read_table(parents / "tables" / table).to_pydict()
    return columns


def seedbed(rows: int, parents: Path, out: Path) -> None:
    """The rule book in full."""
    from seedbed.generators import generate
    from seedbed.rules import pack

    generate(pack("grocery"), out, rows={"sale": rows}, only=["sale"], workers=1)


def faker(rows: int, parents: Path, out: Path) -> None:
    """A loop over rows: weighted choices of Python, everything that Faker has a provider for from Faker.

    The hours are flat inside, missing cells are drawn by hand; the rest is as in the book, since a loop can say all.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from faker import Faker

    fake = Faker()
    fake.seed_instance(7)
    choices, lognormal, beta = fake.random.choices, fake.random.lognormvariate, fake.random.betavariate
    store, product = read(parents, "store"), read(parents, "product")
    customers, cent = len(read(parents, "customer")["customer_id"]), Decimal("0.01")
    days, hours = day_weights(), hour_weights()
    stores = [(one, math.exp(fake.random.gauss(math.log(2), 0.2))) for one in store["store_id"]]
    products = list(zip(product["product_id"], product["price"], strict=True))
    # Weights summed up once: choices() would otherwise add up 2,000 numbers for every row.
    areas = list(accumulate(store["area_m2"]))
    ranks = list(accumulate((rank + 1) ** -1.1 for rank in range(len(products))))
    day_list, day_sums = list(days), list(accumulate(days.values()))
    hour_list, hour_sums = list(hours), list(accumulate(hours.values()))
    table = []
    for number in range(1, rows + 1):
        store_id, typical = choices(stores, cum_weights=areas)[0]
        product_id, price = choices(products, cum_weights=ranks)[0]
        day, hour = choices(day_list, cum_weights=day_sums)[0], choices(hour_list, cum_weights=hour_sums)[0]
        opens = datetime(day.year, day.month, day.day, hour)
        promo = fake.boolean(chance_of_getting_true=12)
        quantity = 0
        while not 1 <= quantity <= 50:
            quantity = round(lognormal(math.log(typical * (1.8 if promo else 1)), 0.7))
        discount = Decimal(round(5 + 35 * beta(2.7, 3.3))) * cent if promo else Decimal(0)
        row = {
            "sale_id": number,
            "store": store_id,
            "product": product_id,
            "customer": None if fake.boolean(chance_of_getting_true=40) else fake.random_int(1, customers),
            "sold_at": fake.date_time_between_dates(opens, opens + timedelta(seconds=3599)),
            "promo": promo,
            "quantity": quantity,
            "discount": discount,
            "total": (quantity * price * (1 - discount)).quantize(cent, ROUND_HALF_UP),
            "paid_by": None if fake.boolean(chance_of_getting_true=1) else fake.random_element(PAID),
        }
        table.append(row)
    money = [(name, pa.decimal64(18, 2)) for name in ("discount", "total")]
    kinds = dict(money, sold_at=pa.timestamp("s"), customer=pa.int64(), paid_by=pa.string())
    data = pa.table({name: pa.array([row[name] for row in table], kinds.get(name)) for name in table[0]})
    zoned = pc.assume_timezone(data["sold_at"], ZONE)
    out.mkdir()
    pq.write_table(data.set_column(data.column_names.index("sold_at"), "sold_at", zoned), out / "sale.parquet")


def dbldatagen(rows: int, parents: Path, out: Path) -> None:
    """Columns with weights and expressions, joined with the parents for what depends on them.

    Stores and days are drawn from joined tables of slots: weights become a CASE with a branch for each value, slower
    for 87 stores, and 730 days take half a minute to plan. Not as in the book: products come by a power law over
    the rank, close to the skew; a quantity outside of the range is moved to its edge, not drawn again; the discount is
    a triangle, since a beta distribution goes through Python and is slower; the hours are flat inside.
    """
    import dbldatagen as dg
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    options = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": ZONE,
    }
    spark = SparkSession.builder.master("local[*]").config(map=options).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    tables = parents / "tables"
    product = spark.read.parquet(str(tables / "product"))
    products, customers = product.count(), spark.read.parquet(str(tables / "customer")).count()
    power = 1 - 1.1
    low, high = 0.5**power, (products + 0.5) ** power
    rank = f"cast(0.5 + pow({low!r} + rand(1) * ({high - low!r}), {1 / power!r}) as int)"
    hours = hour_weights()
    shops, draw = read(parents, "store"), Random(7)
    spreads = {shop: math.exp(draw.gauss(0, 0.2)) for shop in shops["store_id"]}
    shares = slots(dict(zip(shops["store_id"], shops["area_m2"], strict=True)))
    store = [(slot, shop, spreads[shop]) for slot, shop in enumerate(shares)]
    store = spark.createDataFrame(store, "place int, store string, spread double")
    days = slots(day_weights())
    calendar = spark.createDataFrame(list(enumerate(days)), "slot int, day date")
    triangle = "if(r < 3 / 7, 0.05 + sqrt(r * 0.0525), 0.4 - sqrt((1 - r) * 0.07))"
    made = (
        dg.DataGenerator(spark, name="sale", rows=rows, randomSeed=7, randomSeedMethod="hash_fieldname")
        .withColumn("sale_id", "long", expr="id + 1")
        .withColumn("place", "int", minValue=0, maxValue=len(shares) - 1, random=True)
        .withColumn("rank", "int", expr=rank, omit=True)
        .withColumn("product", "string", expr="concat('P', lpad(rank, 5, '0'))", baseColumn="rank")
        .withColumn("customer", "long", minValue=1, maxValue=customers, random=True, percentNulls=0.4)
        .withColumn("slot", "int", minValue=0, maxValue=len(days) - 1, random=True)
        .withColumn(
            "hour", "int", values=list(hours), weights=[round(1000 * one) for one in hours.values()], random=True
        )
        .withColumn("second", "int", minValue=0, maxValue=3599, random=True)
        .withColumn("promo", "boolean", expr="rand(2) < 0.12")
        .withColumn("r", "double", expr="rand(3)")
        .withColumn("paid_by", "string", values=list(PAID), weights=[70, 22, 8], random=True, percentNulls=0.01)
        .build()
    )
    typical = "2 * spread * if(promo, 1.8, 1)"
    made = made.join(F.broadcast(calendar), "slot").join(F.broadcast(store), "place")
    made = made.join(F.broadcast(product.select(F.col("product_id").alias("product"), "price")), "product")
    made = made.selectExpr(
        *("sale_id", "store", "product", "price", "customer", "promo", "paid_by"),
        "timestamp_seconds(unix_timestamp(day) + hour * 3600 + second) as sold_at",
        f"cast(greatest(1, least(50, round({typical} * exp(0.7 * randn(4))))) as bigint) as quantity",
        f"cast(if(promo, {triangle}, 0) as decimal(18, 2)) as discount",
    ).withColumn("total", F.expr("cast(quantity * price * (1 - discount) as decimal(18, 2))"))
    made.drop("price").write.parquet(str(out))
    # Its JVM is awaited, or its CPU time would not count as that of a child.
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def fit(rows: int, parents: Path, out: Path) -> None:
    """Fits SDV's synthesizer to the sale that Seedbed made; its time is reported apart."""
    from importlib.metadata import version

    import pyarrow.parquet as pq
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    frame = pq.read_table(parents / "tables" / "sale").to_pandas()
    frame["sold_at"] = frame["sold_at"].dt.tz_localize(None)
    # In milliseconds, as pandas reads them, SDV takes all moments for some of January 1970.
    frame = frame.astype({"discount": float, "total": float, "sold_at": "datetime64[ns]"})
    kinds = {"sale_id": "id", "sold_at": "datetime", "promo": "boolean"}
    kinds |= dict.fromkeys(("quantity", "discount", "total"), "numerical")
    kinds |= dict.fromkeys(("store", "product", "customer", "paid_by"), "categorical")
    about = {"columns": {name: {"sdtype": kinds[name]} for name in frame}, "primary_key": "sale_id"}
    synthesizer = GaussianCopulaSynthesizer(Metadata.load_from_dict({"tables": {"sale": about}}))
    # SDV 2 takes and gives tables by name.
    synthesizer.fit({"sale": frame} if version("sdv") >= "2" else frame)
    synthesizer.save(str(out))


def sdv(rows: int, parents: Path, out: Path) -> None:
    """Rows sampled from a Gaussian copula fitted to Seedbed's rows, as its users have it.

    Not as in the book: the copula knows pairs of columns only, so neither the formula of the total nor the discount of
    a promotion holds; weekdays, hours and holidays are smoothed away; references are to keys that the sample has.
    """
    from sdv.utils import load_synthesizer

    synthesizer = load_synthesizer(str(parents.parent / "model.pkl"))
    made = synthesizer.sample(num_rows=rows)
    frame = made["sale"] if isinstance(made, dict) else made
    out.mkdir()
    frame.to_parquet(out / "sale.parquet")


class Maker(NamedTuple):
    """One side of the comparison: rows at scale 1, the ratio that Seedbed must reach, and what it needs."""

    rows: int
    must: int
    modules: tuple[str, ...] = ()
    install: str = ""


MAKERS = {
    "seedbed": Maker(20_000_000, 1),
    "dbldatagen": Maker(
        6_000_000,
        20,
        ("pyspark", "dbldatagen", "pyarrow"),
        "pip install pyarrow dbldatagen 'pyspark<4' pandas pyparsing jmespath",
    ),
    "sdv": Maker(1_000_000, 40, ("sdv", "pyarrow"), "pip install sdv pyarrow"),
    "faker": Maker(200_000, 100, ("faker", "pyarrow"), "pip install faker pyarrow"),
}
PARTS = {"seedbed": seedbed, "dbldatagen": dbldatagen, "sdv": sdv, "faker": faker, "fit": fit}


def lacking(python: str, name: str) -> str:
    """What keeps a peer from running here, in one line; empty where nothing does."""
    maker = MAKERS[name]
    if name == "dbldatagen" and (
        shutil.which("java") is None or subprocess.run(["java", "-version"], capture_output=True).returncode
    ):
        return "no java on the path; install a Java 17 runtime"
    tried = subprocess.run([python, "-c", f"import {', '.join(maker.modules)}"], capture_output=True, text=True)
    if tried.returncode == 0:
        return ""
    said = (tried.stderr.strip().splitlines() or ["it cannot be imported"])[-1]
    return f"{said}; {python} lacks it: {maker.install}"


def measured(python: str, part: str, rows: int, parents: Path, out: Path) -> dict[str, float]:
    """Runs one part in a process of its own; CPU seconds are of its whole tree, start and imports included."""
    # Threads of the linear algebra wait in loops and only add CPU time. Where Python may not keep its bytecode every
    # process compiles all libraries anew, seconds that no user pays.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYSPARK_PYTHON": python}
    command = [python, __file__, "--part", part, "--rows", str(rows), "--parents", str(parents), "--out", str(out)]
    before = os.times()
    done = subprocess.run(command, env=kept, capture_output=True, text=True)
    after = os.times()
    if done.returncode:
        raise SystemExit(f"{part} failed:\n{done.stderr[-4000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"cpu_s": cpu, "wall_s": after.elapsed - before.elapsed}


def judged(parents: Path, out: Path) -> tuple[int, float]:
    """Rows that were written, and the share that breaks total = quantity * price * (1 - discount) to the cent."""
    import polars as pl

    price = pl.scan_parquet(parents / "tables" / "product").select(pl.col("product_id").cast(pl.String), "price")
    cents = [(pl.col(name).cast(pl.Float64) * 100).round().cast(pl.Int64) for name in ("total", "price", "discount")]
    exact = pl.col("quantity").cast(pl.Int64) * cents[1] * (100 - cents[2])
    found = (
        pl.scan_parquet(out / "**/*.parquet")
        .with_columns(pl.col("product").cast(pl.String))
        .join(price, left_on="product", right_on="product_id", how="left")
        # Half a cent may be rounded up, down or to the even one.
        .select(pl.len().alias("rows"), ((cents[0] * 100 - exact).abs() > 50).fill_null(True).mean().alias("broken"))
        .collect()
        .row(0)
    )
    return int(found[0]), float(found[1])


def compare(python: str, scale: float, names: list[str], folder: Path) -> dict[str, dict[str, float]]:
    """Runs the makers one after the other and prints a line of figures for each."""
    from seedbed.generators import generate
    from seedbed.rules import pack

    parents = folder / "sample"
    generate(pack("grocery"), parents, rows={"sale": SAMPLE}, workers=1)
    found: dict[str, dict[str, float]] = {}
    for name in ["seedbed", *names]:
        if name != "seedbed" and (why := lacking(python, name)):
            print(f"{name:10s} left out: {why}", flush=True)
            continue
        by = sys.executable if name == "seedbed" else python
        rows = max(round(MAKERS[name].rows * scale), 10 * START)
        figures = {}
        if name == "sdv":
            figures["fit_cpu_s"] = measured(by, "fit", SAMPLE, parents, folder / "model.pkl")["cpu_s"]
        start = measured(by, name, START, parents, folder / f"{name}-start")["cpu_s"]
        figures |= measured(by, name, rows, parents, folder / name)
        written, broken = judged(parents, folder / name)
        if written != rows:
            raise SystemExit(f"{name} wrote {written:,} rows instead of {rows:,}")
        if figures["cpu_s"] < 1.2 * start:
            raise SystemExit(f"{rows:,} rows cost {name} hardly more than its start; raise --scale")
        beyond = (rows - START) / (figures["cpu_s"] - start)
        figures |= {"rows": rows, "start_cpu_s": start, "rows_per_cpu_s": beyond, "broken": broken}
        figures["rows_per_cpu_s_with_start"] = rows / figures["cpu_s"]
        found[name] = figures
        print(
            f"{name:10s} {rows:>10,} rows  {figures['cpu_s']:7.2f} CPU-s, {start:5.2f} of them to start"
            f"  {beyond:>11,.0f} rows per CPU-s  ({figures['rows_per_cpu_s_with_start']:,.0f} with the start)"
            f"  {broken:7.2%} of rows break the total"
            + (f"  (fitted before in {figures['fit_cpu_s']:.1f} CPU-s)" if name == "sdv" else ""),
            flush=True,
        )
        shutil.rmtree(folder / name)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the peers (this one)")
    parser.add_argument("--scale", type=float, default=1, help="times the rows of every maker (1)")
    parser.add_argument("--only", action="append", choices=[*MAKERS][1:], help="a peer to run (all), repeatable")
    parser.add_argument("--out", type=Path, help="where to write (a temporary folder)")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--parents", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        PARTS[given.part](given.rows, given.parents, given.out)
        return
    with tempfile.TemporaryDirectory(dir=given.out) as folder:
        found = compare(given.python, given.scale, given.only or [*MAKERS][1:], Path(folder))
    own = found["seedbed"]
    for name, figures in found.items():
        if name != "seedbed":
            ratio = own["rows_per_cpu_s"] / figures["rows_per_cpu_s"]
            whole = own["rows_per_cpu_s_with_start"] / figures["rows_per_cpu_s_with_start"]
            must = MAKERS[name].must
            print(
                f"Seedbed makes {ratio:.0f} times the rows of {name} per CPU-second (must reach {must}),"
                f" {whole:.0f} times with the start"
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
