"""Customers with six Faker columns beside plain Faker: `python benchmarks/customers.py [--rows N] [--faker-rows N]`.

Seedbed generates and writes Parquet; Faker only says the six texts of each row, nothing is written. Both run as
processes of their own, one after the other, in one call; what counts is the ratio of rows per CPU-second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROVIDERS = ("name", "email", "company", "address", "city", "phone_number")


def seedbed(rows: int) -> None:
    """Generates the table; one process, start and imports included."""
    columns = "\n".join(f"      {name}: {{type: text, faker: {name}}}" for name in PROVIDERS)
    book = (
        "seedbed: book/1\nname: customers\nseed: 7\ntables:\n  customer:\n"
        f"    rows: {rows}\n    columns:\n      customer_id: {{type: id}}\n{columns}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.yaml"
        path.write_text(book)
        from seedbed.generators import generate

        generate(path, Path(folder) / "out", workers=1)


def faker(rows: int) -> None:
    """Says the same columns as Faker comes, names weighted."""
    from faker import Faker

    fake = Faker("en_US")
    fake.seed_instance(7)
    say = [getattr(fake, name) for name in PROVIDERS]
    for _ in range(rows):
        for one in say:
            one()


def measured(name: str, rows: int) -> float:
    """Rows per CPU-second of one side, as a process of its own."""
    command = [sys.executable, __file__, "--run", name, "--rows", str(rows)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    rate = rows / found["cpu"]
    print(f"{name:8} {rows:>10,} rows  {found['cpu']:6.2f} CPU-s {rate:>10,.0f} rows per CPU-s")
    return rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--faker-rows", type=int, default=10_000)
    parser.add_argument("--run", choices=["seedbed", "faker"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        {"seedbed": seedbed, "faker": faker}[options.run](options.rows)
        print(json.dumps({"cpu": time.process_time()}))
        return
    ratio = measured("seedbed", options.rows) / measured("faker", options.faker_rows)
    print(f"ratio    {ratio:.0f}  (must reach 100; Seedbed must reach 500,000 rows per CPU-s)")


if __name__ == "__main__":
    main()
