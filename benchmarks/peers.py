"""Seedbed beside SDV, Faker and dbldatagen on one table: `python benchmarks/peers.py [--python PATH] [--scale F]`.

The table is the sale of the grocery pack. Every maker runs as a process of its own, one after the other in one call,
and writes Parquet. What counts is the ratio of rows per CPU-second of its whole tree of processes. Makers differ by a
factor of hundreds, so each makes as many rows as take it some tens of seconds; a second, small run of each tells what
its start costs (imports, Spark, loading a model), and the rates are of the rows beyond that start, so that no maker
gains by the number of rows it was given. Rates with the start in them are printed as well.

dbldatagen is written as its documentation tells its users; `--tuned` adds the same table in hand-written SQL on top of
it (`peer_spark.py` has both, and what each cannot say). Faker and SDV stand in `peer_python.py`. Where a peer cannot
say what the rule book says, its part tells what it makes instead, which is mostly less.

Rows of Seedbed for one of the peer's, per CPU-second, on two busy cores (dbldatagen 0.4.0, SDV 2.0, Faker 40.63):

    peer                          beyond the start         with the start
    dbldatagen                    30 and 22 (two runs)     34 and 30
    dbldatagen, tuned             22                       27
    SDV                           104                      91
    Faker                         223                      173

The peers are no dependency of Seedbed. Install them apart and name their interpreter:

    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install sdv faker pyarrow dbldatagen "pyspark<4" pyparsing jmespath
    python benchmarks/peers.py --python /tmp/peers/bin/python

SDV brings torch; a torch without GPU libraries, installed first, saves gigabytes. dbldatagen also needs Java 8, 11 or
17 (`java` on the path). A peer that cannot be imported is left out, with a line that says what to install.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import peer_python
import peer_spark

SAMPLE = 10_000
"""Rows of the sale that Seedbed makes for SDV to learn from."""
START = 1000
"""Rows of the small run of every maker, which tells what its start costs."""


def seedbed(rows: int, parents: Path, out: Path) -> None:
    """The rule book in full."""
    from seedbed.generators import generate
    from seedbed.rules import pack

    generate(pack("grocery"), out, rows={"sale": rows}, only=["sale"], workers=1)


class Maker(NamedTuple):
    """One side of the comparison: rows at scale 1, the ratio that Seedbed must reach (0: none), and what it needs."""

    rows: int
    must: int
    modules: tuple[str, ...] = ()
    install: str = ""


SPARK = (
    ("pyspark", "dbldatagen", "pandas", "pyarrow"),
    "pip install pyarrow dbldatagen 'pyspark<4' pandas pyparsing jmespath",
)
MAKERS = {
    "seedbed": Maker(20_000_000, 1),
    "dbldatagen": Maker(6_000_000, 20, *SPARK),
    "dbldatagen, tuned": Maker(6_000_000, 0, *SPARK),
    "sdv": Maker(1_000_000, 40, ("sdv", "pyarrow"), "pip install sdv pyarrow"),
    "faker": Maker(200_000, 100, ("faker", "pyarrow"), "pip install faker pyarrow"),
}
PARTS = {
    "seedbed": seedbed,
    "dbldatagen": peer_spark.plain,
    "dbldatagen, tuned": peer_spark.tuned,
    "sdv": peer_python.sdv,
    "faker": peer_python.faker,
    "fit": peer_python.fit,
}


def lacking(python: str, name: str) -> str:
    """What keeps a peer from running here, in one line; empty where nothing does."""
    maker = MAKERS[name]
    if name.startswith("dbldatagen") and (
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
            print(f"{name:17s} left out: {why}", flush=True)
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
            f"{name:17s} {rows:>10,} rows  {figures['cpu_s']:7.2f} CPU-s, {start:5.2f} of them to start"
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
    parser.add_argument("--tuned", action="store_true", help="run dbldatagen tuned by hand as well")
    parser.add_argument("--out", type=Path, help="where to write (a temporary folder)")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--parents", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        PARTS[given.part](given.rows, given.parents, given.out)
        return
    with tempfile.TemporaryDirectory(dir=given.out) as folder:
        names = given.only or [name for name in [*MAKERS][1:] if given.tuned or name != "dbldatagen, tuned"]
        found = compare(given.python, given.scale, names, Path(folder))
    own = found["seedbed"]
    for name, figures in found.items():
        if name != "seedbed":
            ratio = own["rows_per_cpu_s"] / figures["rows_per_cpu_s"]
            whole = own["rows_per_cpu_s_with_start"] / figures["rows_per_cpu_s_with_start"]
            must = f" (must reach {MAKERS[name].must})" if MAKERS[name].must else ""
            print(
                f"Seedbed makes {ratio:.1f} times the rows of {name} per CPU-second{must},"
                f" {whole:.1f} times with the start"
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
