"""`seedbed validate` beside the limit: `python benchmarks/validate.py [--rows N] [--data FOLDER]`.

The data is the whole grocery pack as `seedbed generate` writes it, N sales and their parents. The limit only decodes
those Parquet files with Arrow, reads their bytes for a digest and copies them: what any validator does before it has
looked at a value. Each part is a process of its own, one after the other, in one call; what counts is CPU time, whole
and without what a validation of a thousand sales takes: start, imports, parents, expectations, the page.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tables import measured

FEW = 1000


def generate(rows: int, out: Path) -> None:
    """Makes the data."""
    from seedbed.generators import generate as run
    from seedbed.rules import pack

    run(pack("grocery"), out, rows={"sale": rows}, workers=2)


def limit(data: Path, out: Path) -> None:
    """Decodes, digests and copies the files."""
    import hashlib
    import shutil

    import pyarrow.parquet as pq

    for path in sorted((data / "tables").rglob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                file.read_row_group(group, use_threads=False)
        hashlib.blake2b(path.read_bytes(), digest_size=16)
        out.mkdir(exist_ok=True)
        shutil.copyfile(path, out / f"{path.parent.name}-{path.name}")


def seedbed(data: Path, out: Path) -> None:
    """As the command line runs it."""
    from seedbed.cli import run
    from seedbed.rules import packs

    sys.argv = ["seedbed", "validate", str(packs()["grocery"]), str(data), "-o", str(out), "--quiet"]
    run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--data", type=Path, help="what `seedbed generate` made of the pack with so many sales before")
    parser.add_argument("--out", type=Path, help="where to write (a temporary folder)")
    parser.add_argument("--part", choices=["generate", "limit", "seedbed"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part == "generate":
        generate(given.rows, given.out)
    elif given.part == "limit":
        limit(given.data, given.out)
    elif given.part == "seedbed":
        seedbed(given.data, given.out)
    else:
        with tempfile.TemporaryDirectory(dir=given.out) as folder:
            _compare(given.rows, given.data, Path(folder))


def _compare(rows: int, data: Path | None, folder: Path) -> None:
    few = folder / "few"
    measured(["--part", "generate", "--rows", str(FEW), "--out", str(few)], __file__)
    if data is None:
        data = folder / "data"
        measured(["--part", "generate", "--rows", str(rows), "--out", str(data)], __file__)
    result = {}
    for name, part, source in (
        ("warm", "seedbed", few),
        ("limit", "limit", data),
        ("start", "seedbed", few),
        ("seedbed", "seedbed", data),
    ):
        found = measured(["--part", part, "--data", str(source), "--out", str(folder / f"out-{name}")], __file__)
        if name == "warm":
            continue
        result[name] = found
        if name != "start":
            found["rows_per_cpu_s"] = rows / found["cpu_s"]
        if name == "seedbed":
            found["net_rows_per_cpu_s"] = (rows - FEW) / (found["cpu_s"] - result["start"]["cpu_s"])
        print(f"{name:8s}", "  ".join(f"{key} {value:,.2f}" for key, value in found.items()), flush=True)
    print(json.dumps({"rows": rows, **result}))


if __name__ == "__main__":
    main()
