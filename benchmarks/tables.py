"""Seedbed's tables beside the limit: `python benchmarks/tables.py [--rows N] [--workers N] [--repeat N]`.

The limit is a writer by hand of the same sale table: numpy draws from one stream, Arrow arrays, Parquet with the same
encodings. It knows the book by heart, checks nothing, resumes nothing and draws other numbers when anything changes.
Both run as processes of their own, in turn, in one call, start and end included; what counts is the ratio of their CPU
time. `peak_mb` is the resident memory of all processes of a run together.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


def limit(rows: int, out: Path) -> None:
    """Writes the sale table of the grocery book by hand."""
    import math

    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    stores, products, customers, group = 87, 2000, 40_000, 1 << 18
    random = np.random.Generator(np.random.SFC64(7))
    size = 1 << 16

    def table_of(weights: np.ndarray) -> np.ndarray:
        # A lookup table of 16 bits: quick, and coarser than Seedbed's own choice.
        shares = np.append(0, weights.cumsum()) / weights.sum()
        return np.repeat(np.arange(len(weights)), np.diff(np.rint(shares * size).astype(int)))

    area = random.beta(1.8, 4.2, stores) * 5600 + 400
    store_table = table_of(area).astype(np.int8)
    product_table = random.permutation(products)[table_of(np.arange(1, products + 1) ** -1.1)].astype(np.int16)
    price = np.rint(np.clip(5 * np.exp(0.6 * random.standard_normal(products)), 0.5, 60) * 100).astype(np.int64)

    # Days: weekday, season, holidays and trend in one table; its entries are the UTC milliseconds of midnight.
    days = np.arange("2025-01-01", "2027-01-01", dtype="M8[D]")
    number, weekday = np.arange(len(days)), days.astype(int) % 7
    weights = np.where(weekday == 2, 1.35, np.where(weekday == 3, 1.2, 1.0))
    weights = weights * (1 + 0.25 * np.cos(2 * np.pi * (number - 353) / 365.25)) * 1.04 ** (number / 365.25)
    holidays = ["01-01", "04-18", "05-19", "06-24", "07-01", "09-01", "10-13", "12-25"]
    for day in np.array([f"{year}-{day}" for year in (2025, 2026) for day in holidays], "M8[D]"):
        at = int((day - days[0]).astype(int))
        weights[max(at - 3, 0) : at] *= 1.5
        weights[at] *= 0.1
    summer = [("2025-03-10", "2025-11-03"), ("2026-03-09", "2026-11-02")]
    hours = np.where(np.any([(days >= np.datetime64(a)) & (days < np.datetime64(b)) for a, b in summer], 0), 4, 5)
    midnights = (days.astype(np.int64) * 24 + hours) * 3_600_000
    day_table = midnights[table_of(weights)]
    # Hours: the curve inverted at 2**16 places, in 1024ths of a second, each smoothed over one second.
    second = np.arange(0, 86_401, 60)
    curve = np.interp(second, np.array([7, 8, 12, 17, 21, 22]) * 3600, [0, 0.4, 1.2, 1.6, 0.3, 0])
    share = np.append(0, np.cumsum(curve[1:] + curve[:-1]))
    rising = np.append(True, np.diff(share) > 0)
    places = np.interp((np.arange(size) + 0.5) / size, (share / share[-1])[rising], second[rising])
    clock_table = np.rint((places - 0.5) * 1024).astype(np.int32)

    # Quantities: one table of 12 bits for each store, with and without promotion; lognormal, cut to half a step around.
    typical = 2 * np.exp(0.2 * random.standard_normal(stores))
    quantity_table = np.empty((2, stores, 1 << 12), np.int8)
    edges = np.log(np.arange(51) + 0.5)
    erf = np.vectorize(math.erf)
    for promo in (0, 1):
        for store in range(stores):
            mass = erf((edges - math.log(typical[store] * (1.8 if promo else 1))) / (0.7 * math.sqrt(2)))
            counts = np.diff(np.rint((mass - mass[0]) / (mass[-1] - mass[0]) * (1 << 12)).astype(int))
            quantity_table[promo, store] = np.repeat(np.arange(1, 51), counts)
    discount_table = np.rint((0.05 + np.sort(random.beta(2.7, 3.3, size)) * 0.35) * 100).astype(np.int64)
    pay_table = table_of(np.array([70, 22, 8])).astype(np.int8)

    names = [[f"S{i:03d}" for i in range(1, stores + 1)], [f"P{i:05d}" for i in range(1, products + 1)]]
    texts = [pa.array(np.array(n)) for n in [*names, ["card", "cash", "voucher"]]]
    coded, money = pa.dictionary(pa.int16(), pa.string()), pa.decimal64(18, 2)
    schema = pa.schema(
        [
            ("sale_id", pa.int64()),
            ("store", coded),
            ("product", coded),
            ("customer", pa.int64()),
            ("sold_at", pa.timestamp("ms", "America/Montreal")),
            ("promo", pa.bool_()),
            ("quantity", pa.int64()),
            ("discount", money),
            ("total", money),
            ("paid_by", coded),
        ]
    )
    delta = ("sale_id", "customer", "sold_at", "quantity", "discount", "total")
    words, plain = ("store", "product", "paid_by"), ("sold_at", "customer")
    writer = pq.ParquetWriter(
        out,
        schema,
        store_decimal_as_integer=True,
        use_dictionary=list(words),
        write_statistics=[*delta, "promo"],
        column_encoding=dict.fromkeys(delta, "DELTA_BINARY_PACKED"),
        compression={name: "NONE" if name in plain else "ZSTD" for name in schema.names},
        compression_level={name: 1 for name in schema.names if name not in plain},
    )

    def bits(count: int) -> np.ndarray:
        return random.integers(0, size, count, dtype=np.uint16)

    def raw(kind: pa.DataType, data: np.ndarray, valid: np.ndarray | None = None) -> pa.Array:
        mask = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
        return pa.Array.from_buffers(kind, len(data) if kind != pa.bool_() else n, [mask, pa.py_buffer(data)])

    with writer:
        for first in range(0, rows, group):
            n = min(group, rows - first)
            store, product = store_table[bits(n)], product_table[bits(n)]
            customer = random.integers(1, customers + 1, n, dtype=np.uint16).astype(np.int64)
            known = bits(n) >= int(0.4 * size)
            clock = clock_table[bits(n)]
            clock += bits(n) & 1023
            clock >>= 10
            moment = day_table[bits(n)]
            moment += clock * np.int64(1000)
            promo = bits(n) < int(0.12 * size)
            quantity = quantity_table[promo.view(np.int8), store, bits(n) >> 4].astype(np.int64)
            # The constraint holds by itself: no discount of a promotion is below 0.05.
            discount = discount_table[bits(n)] * promo
            total = (quantity * price[product] * (100 - discount) + 50) // 100
            paid, valid = pay_table[bits(n)].astype(np.int16), bits(n) >= int(0.01 * size)
            arrays = [
                raw(pa.int64(), np.arange(first + 1, first + n + 1)),
                pa.DictionaryArray.from_arrays(raw(pa.int16(), store.astype(np.int16)), texts[0]),
                pa.DictionaryArray.from_arrays(raw(pa.int16(), product), texts[1]),
                raw(pa.int64(), customer, known),
                raw(schema.field("sold_at").type, moment),
                raw(pa.bool_(), np.packbits(promo, bitorder="little")),
                raw(pa.int64(), quantity),
                raw(money, discount),
                raw(money, total),
                pa.DictionaryArray.from_arrays(raw(pa.int16(), paid, valid), texts[2]),
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=group)


def seedbed(rows: int, workers: int, out: Path) -> None:
    """Generates the sale table of the grocery pack with as many rows."""
    from seedbed.generators import generate
    from seedbed.rules import pack

    # Without what the pack expects of its data: that is measured on what was written, which the limit does not.
    book = out.with_suffix(".yaml")
    book.write_text(pack("grocery").read_text(encoding="utf-8").partition("\nexpect:")[0], encoding="utf-8")
    generate(book, out, rows={"sale": rows}, only=["sale"], workers=workers)


def measured(arguments: list[str], file: str = __file__) -> dict[str, float]:
    """Runs a part of a benchmark's file in a process of its own; CPU seconds and peak memory are of its whole tree."""
    import psutil

    before = os.times()
    began = time.monotonic()
    # Where Python may not keep its bytecode every worker compiles all libraries anew, seconds that no user pays.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen([sys.executable, file, *arguments], env=kept)
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            total = 0
            try:
                root = psutil.Process(process.pid)
                for member in [root, *root.children(recursive=True)]:
                    total += member.memory_info().rss
            except psutil.Error:
                continue
            peak = max(peak, total)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    done.set()
    watcher.join()
    if code:
        raise SystemExit(code)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"cpu_s": cpu, "wall_s": time.monotonic() - began, "peak_mb": peak / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, in turn; the least CPU time counts")
    parser.add_argument("--out", type=Path, help="where to write (a temporary folder)")
    parser.add_argument("--part", choices=["limit", "seedbed"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part == "limit":
        limit(given.rows, given.out)
    elif given.part == "seedbed":
        seedbed(given.rows, given.workers, given.out)
    else:
        with tempfile.TemporaryDirectory(dir=given.out) as folder:
            common = ["--rows", str(given.rows), "--workers", str(given.workers), "--out"]
            result: dict[str, dict[str, float]] = {}
            measured(["--part", "seedbed", "--rows", "1000", "--out", str(Path(folder) / "warm")])
            for number in range(given.repeat):
                for part in ("limit", "seedbed"):
                    out = Path(folder) / f"{part}-{number}"
                    found = measured(["--part", part, *common, str(out)])
                    found["rows_per_cpu_s"] = given.rows / found["cpu_s"]
                    print(f"{part:8s}", "  ".join(f"{name} {value:,.2f}" for name, value in found.items()), flush=True)
                    # Others on the machine can only add to what a run takes: the least of several is its own.
                    if part not in result or found["cpu_s"] < result[part]["cpu_s"]:
                        result[part] = found
                    shutil.rmtree(out) if out.is_dir() else out.unlink()
        ratio = result["seedbed"]["rows_per_cpu_s"] / result["limit"]["rows_per_cpu_s"]
        print(f"Seedbed reaches {ratio:.2f} of the limit's rows per CPU-second")
        print(json.dumps({"rows": given.rows, "workers": given.workers, "ratio": ratio, **result}))


if __name__ == "__main__":
    main()
