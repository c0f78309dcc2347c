"""Seedbed's tables beside the limit: `python benchmarks/tables.py [--rows N] [--workers N]`.

The limit is a writer by hand of the same sale table: numpy draws from one stream, Arrow arrays, Parquet with the same
encodings. It knows the book by heart, checks nothing, resumes nothing and draws other numbers when anything changes.
Both run as processes of their own, one after the other, in one call; what counts is the ratio of their CPU time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


def limit(rows: int, out: Path) -> None:
    """Writes the sale table of the grocery book by hand."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    stores, products, group = 87, 2000, 1 << 18
    random = np.random.Generator(np.random.SFC64(7))
    size = 1 << 16

    def table_of(weights: np.ndarray) -> np.ndarray:
        # A lookup table of 16 bits: quick, and coarser than Seedbed's own choice.
        return np.repeat(np.arange(len(weights)), np.diff(np.rint(np.append(0, weights.cumsum()) * size).astype(int)))

    area = random.beta(1.8, 4.2, stores) * 5600 + 400
    store_table = table_of(area / area.sum()).astype(np.int8)
    zipf = np.arange(1, products + 1) ** -1.1
    product_table = random.permutation(products)[table_of(zipf / zipf.sum())].astype(np.int16)
    price = np.rint((0.5 + random.beta(1.3, 4.7, products) * 59.5) * 100).astype(np.int64)
    days = np.arange(730)
    day_weights = np.array([1.35 if (d + 2) % 7 == 5 else 1.2 if (d + 2) % 7 == 6 else 1 for d in days])
    day_weights = day_weights * (1 + 0.25 * np.cos(2 * np.pi * (days - 353) / 365.25))
    day_table = table_of(day_weights / day_weights.sum()).astype(np.int16)
    pay_table = table_of(np.array([0.7, 0.22, 0.08])).astype(np.int8)
    steps = np.linspace(0, 1, 1 << 12, endpoint=False) + 0.5 / (1 << 12)
    typical = 2 * np.exp(0.2 * random.standard_normal(stores))
    quantity_table = np.empty((2, stores, 1 << 12), np.int8)
    for promo in (0, 1):
        for store in range(stores):
            a = 1 + 4 * (typical[store] * (1.8 if promo else 1) - 0.5) / 50
            grid = np.linspace(0, 1, 4001)[1:-1]
            mass = np.cumsum(grid ** (a - 1) * (1 - grid) ** (5 - a))
            quantity_table[promo, store] = 1 + np.interp(steps, mass / mass[-1], grid) * 50
    discount_table = np.rint((0.05 + np.sort(random.beta(2.7, 3.3, size)) * 0.35) * 100).astype(np.int64)
    names = [np.array([f"S{i:03d}" for i in range(1, stores + 1)]), np.array([f"P{i:05d}" for i in range(1, 2001)])]
    texts = [pa.array(n) for n in names] + [pa.array(["card", "cash", "voucher"])]
    coded, money = pa.dictionary(pa.int16(), pa.string()), pa.decimal64(18, 2)
    schema = pa.schema(
        [
            ("sale_id", pa.int64()),
            ("store", coded),
            ("product", coded),
            ("sold_at", pa.timestamp("ms", "America/Montreal")),
            ("promo", pa.bool_()),
            ("quantity", pa.int64()),
            ("discount", money),
            ("total", money),
            ("paid_by", coded),
        ]
    )
    delta = ("sale_id", "sold_at", "quantity", "discount", "total")
    words = ("store", "product", "paid_by")
    writer = pq.ParquetWriter(
        out,
        schema,
        store_decimal_as_integer=True,
        use_dictionary=list(words),
        write_statistics=[*delta, "promo"],
        column_encoding=dict.fromkeys(delta, "DELTA_BINARY_PACKED"),
        compression={name: "NONE" if name == "sold_at" else "ZSTD" for name in schema.names},
        compression_level={name: 1 for name in schema.names if name != "sold_at"},
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
            moment = (day_table[bits(n)] * np.int64(86_400) + random.integers(0, 86_400, n, dtype=np.uint32)) * 1000
            promo = bits(n) < int(0.12 * size)
            quantity = quantity_table[promo.view(np.int8), store, bits(n) >> 4].astype(np.int64)
            discount = discount_table[bits(n)] * promo
            total = (quantity * price[product] * (100 - discount) + 50) // 100
            paid, valid = pay_table[bits(n)].astype(np.int16), bits(n) >= int(0.01 * size)
            arrays = [
                raw(pa.int64(), np.arange(first + 1, first + n + 1)),
                pa.DictionaryArray.from_arrays(raw(pa.int16(), store.astype(np.int16)), texts[0]),
                pa.DictionaryArray.from_arrays(raw(pa.int16(), product), texts[1]),
                raw(schema.field("sold_at").type, moment + 1_735_707_600_000),
                raw(pa.bool_(), np.packbits(promo, bitorder="little")),
                raw(pa.int64(), quantity),
                raw(money, discount),
                raw(money, total),
                pa.DictionaryArray.from_arrays(raw(pa.int16(), paid, valid), texts[2]),
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=group)


def seedbed(rows: int, workers: int, out: Path) -> None:
    """Generates the grocery pack with as many sale rows."""
    from seedbed.generators import generate
    from seedbed.rules import pack

    generate(pack("grocery"), out, rows={"sale": rows}, workers=workers)


def measured(arguments: list[str]) -> dict[str, float]:
    """Runs this file's part in a process of its own; CPU seconds and peak memory are of its whole tree."""
    import psutil

    before = os.times()
    began = time.monotonic()
    # Where Python may not keep its bytecode every worker compiles all libraries anew, seconds that no user pays.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen([sys.executable, __file__, *arguments], env=kept)
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
            result = {}
            measured(["--part", "seedbed", "--rows", "1000", "--out", str(Path(folder) / "warm")])
            for part in ("limit", "seedbed"):
                result[part] = measured(["--part", part, *common, str(Path(folder) / part)])
                result[part]["rows_per_cpu_s"] = given.rows / result[part]["cpu_s"]
                print(
                    f"{part:8s}", "  ".join(f"{name} {value:,.2f}" for name, value in result[part].items()), flush=True
                )
        ratio = result["seedbed"]["rows_per_cpu_s"] / result["limit"]["rows_per_cpu_s"]
        print(f"Seedbed reaches {ratio:.2f} of the limit's rows per CPU-second")
        print(json.dumps({"rows": given.rows, "workers": given.workers, "ratio": ratio, **result}))


if __name__ == "__main__":
    main()
