"""What the peers' parts share: weights of the grocery pack's sale as numbers, and the parents' tables."""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

ZONE = "America/Montreal"
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
