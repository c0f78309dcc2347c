"""The sale of the grocery pack in Faker and in SDV, each written to be quick by somebody who knows it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from pathlib import Path

from peer_rules import PAID, ZONE, day_weights, hour_weights, read


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
