"""The sale of the grocery pack in dbldatagen, twice: as its documentation tells its users, and tuned by hand in SQL.

`plain` is the one compared. It holds only what the documentation of dbldatagen has options for: `values` with
`weights`, `minValue`, `maxValue` and `step`, `distribution` (which runs in Python workers), `percentNulls`, `format`,
`baseColumn`, and `expr` for formulas; the price comes from the parent by a join after `build`, as in the data set of
several tables that it ships. What these options cannot say is left out, so the rows cost dbldatagen less for it:

- Season, trend and holidays. Weights are a CASE with a branch for each value, and 730 days of them take half a minute
  to plan. Weekdays and hours have weights; weeks are all alike, and the last two days of the period, which fill no
  week, stay empty. The hours are flat inside, and one off on the days when clocks change.
- `typical`, `sigma` and `skew`. A distribution is stretched between the smallest and the largest number of each batch
  of 10,000 rows, so only its shape counts: products come by a gamma distribution over their numbers instead of a power
  law, quantities by another instead of a lognormal one. Under a fixed seed the products of each batch are those of the
  one before, so far fewer than 2,000 are ever sold.
- The range under effects: a quantity above 50 is moved to it, not drawn again. What a store sells more or less than
  others is a factor computed from the hash of its key, so evenly spread, not lognormal.
- Constraints: dbldatagen drops rows that break them, so fewer come than were asked for. The one of the book (a
  promotion has a discount) holds by the formula of the discount.
- A chance: weights give no booleans, so `promo` is an `expr`.

`tuned` is what somebody makes of it who leaves these options behind: expressions of Spark SQL for what is drawn, and
tables of slots to join with for weights. It says nearly all of the book.
"""

from __future__ import annotations

import ctypes
import math
import os
from pathlib import Path
from random import Random
from typing import Any

from peer_rules import PAID, ZONE, day_weights, hour_weights, read, slots

WEEK = {"Wed": 1.0, "Thu": 1.0, "Fri": 1.0, "Sat": 1.35, "Sun": 1.2, "Mon": 1.0, "Tue": 1.0}
"""Weights of a week's days; the period begins on a Wednesday."""


def _started() -> Any:
    """A Spark session of this process; Linux hands over to us whatever process its JVM leaves behind."""
    from pyspark.sql import SparkSession

    # PR_SET_CHILD_SUBREAPER. Spark's Python workers outlive the JVM by a moment; their time must count as ours.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    options = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": ZONE,
    }
    spark = SparkSession.builder.master("local[*]").config(map=options).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _stopped(spark: Any) -> None:
    """Waits for the JVM and all that it started, or their CPU time would not count as that of children."""
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def plain(rows: int, parents: Path, out: Path) -> None:
    """Columns by documented options; the text above lists what they cannot say."""
    import dbldatagen as dg
    import dbldatagen.distributions as dist

    spark = _started()
    product = spark.read.parquet(str(parents / "tables" / "product")).select("product_id", "price")
    shops, hours = read(parents, "store"), hour_weights()
    customers = len(read(parents, "customer")["customer_id"])
    spread = {"minValue": 0.6, "maxValue": 1.5, "step": 0.01, "omit": True}
    off = {"minValue": 0.05, "maxValue": 0.4, "step": 0.01, "omit": True}
    day = "date_add(date'2025-01-01', 7 * week + weekday)"
    few, most = dist.Gamma(shape=0.3, scale=2.0), dist.Gamma(shape=0.5, scale=2.0)
    spec = (
        dg.DataGenerator(spark, name="sale", rows=rows, randomSeed=7, randomSeedMethod="hash_fieldname")
        .withColumn("sale_id", "long", minValue=1, maxValue=rows)
        .withColumn("store", "string", values=shops["store_id"], weights=shops["area_m2"], random=True)
        .withColumn("rank", "int", minValue=1, maxValue=product.count(), distribution=few, random=True, omit=True)
        .withColumn("product", "string", format="P%05d", baseColumn="rank")
        .withColumn("customer", "long", minValue=1, maxValue=customers, random=True, percentNulls=0.4)
        .withColumn("week", "int", minValue=0, maxValue=103, random=True, omit=True)
        .withColumn("weekday", "int", values=list(range(7)), weights=list(WEEK.values()), random=True, omit=True)
        .withColumn("hour", "int", values=list(hours), weights=list(hours.values()), random=True, omit=True)
        .withColumn("second", "int", minValue=0, maxValue=3599, random=True, omit=True)
        .withColumn(
            *("sold_at", "timestamp"),
            baseColumn=["week", "weekday", "hour", "second"],
            expr=f"timestamp_seconds(unix_timestamp({day}) + hour * 3600 + second)",
        )
        .withColumn("promo", "boolean", expr="rand(7) < 0.12")
        .withColumn("pieces", "int", minValue=1, maxValue=28, distribution=most, random=True, omit=True)
        .withColumn("spread", "double", baseColumn="store", baseColumnType="hash", **spread)
        .withColumn(
            *("quantity", "long"),
            baseColumn=["pieces", "spread", "promo"],
            expr="least(50, greatest(1, round(pieces * spread * if(promo, 1.8, 1))))",
        )
        .withColumn("off", "decimal(18,2)", random=True, distribution=dist.Beta(2.7, 3.3), **off)
        .withColumn("discount", "decimal(18,2)", expr="if(promo, off, 0)", baseColumn=["promo", "off"])
        .withColumn("paid_by", "string", values=list(PAID), weights=[70, 22, 8], random=True, percentNulls=0.01)
    )
    made = spec.build()
    made = made.join(product, made.product == product.product_id).drop("product_id")
    made = made.selectExpr("*", "cast(quantity * price * (1 - discount) as decimal(18, 2)) as total").drop("price")
    made.write.parquet(str(out))
    _stopped(spark)


def tuned(rows: int, parents: Path, out: Path) -> None:
    """Columns with weights and expressions, joined with the parents for what depends on them.

    Stores and days are drawn from joined tables of slots: weights become a CASE with a branch for each value, slower
    for 87 stores, and 730 days take half a minute to plan. Not as in the book: products come by a power law over
    the rank, close to the skew; a quantity outside of the range is moved to its edge, not drawn again; the discount is
    a triangle, since a beta distribution goes through Python and is slower; the hours are flat inside.
    """
    import dbldatagen as dg
    from pyspark.sql import functions as F

    spark = _started()
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
    _stopped(spark)
