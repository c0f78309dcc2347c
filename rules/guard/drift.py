"""What changed since the data was last validated: columns, types, categories, how often values are missing."""

from __future__ import annotations

import difflib
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.errors import DataError, Reason
from seedbed.rules.guard.dialects import plain

if TYPE_CHECKING:
    import polars as pl

_ALIKE = 0.6
_LEAST_SHIFT = 0.01
_SIGMAS = 6.0
_REPORT, _PREVIOUS = "report.json", "previous.json"


def baseline(root: Path, against: Path | None, digest: str) -> dict[str, Any] | None:
    """The report that drift is told against.

    Without `against` it is the last report in the result's own folder that was about other data; it is kept there as
    `previous.json`, so that validating the same data twice tells the same drift twice.

    Args:
        root: the result's folder.
        against: folder of another validation, or its report.
        digest: of the data that is validated now.

    Returns:
        The report, None where there is none.

    Raises:
        DataError: `against` holds no report.
    """
    if against is not None:
        found = _read(against / _REPORT if against.is_dir() else against)
        if found is None:
            raise DataError(
                "no report of a validation is here",
                reason=Reason.NOT_FOUND,
                where=against,
                repair="name the folder that an earlier `seedbed validate` wrote",
            )
        return found
    last = _read(root / _REPORT)
    if last is not None and last["data"]["digest"] != digest:
        os.replace(root / _REPORT, root / _PREVIOUS)
        return last
    return _read(root / _PREVIOUS)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        report = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    good = isinstance(report, dict) and str(report.get("seedbed", "")).startswith("validation/") and "tables" in report
    return report if good else None


def stranger(values: pl.Series) -> dict[str, Any]:
    """What is kept of a column the book does not know, to tell later whether it is a known one renamed.

    Args:
        values: of the first rows.

    Returns:
        Bounds, where the values are numbers; frequent values, where they are few. Others may be personal.
    """
    import polars as pl

    texts = values.drop_nulls().cast(pl.String, strict=False) if not values.dtype.is_nested() else values.clear()
    if not len(texts) or texts.dtype != pl.String:
        return {}
    numbers = texts.cast(pl.Float64, strict=False)
    if not numbers.null_count():
        return {"min": numbers.min(), "max": numbers.max()}
    counts = texts.alias("value").value_counts().sort(["count", "value"], descending=[True, False])
    if counts.height > min(20, len(texts) / 2):
        return {}
    return {"frequent": [[value, round(count / len(texts), 6)] for value, count in counts.iter_rows()]}


def compared(earlier: Mapping[str, Any] | None, report: Mapping[str, Any]) -> dict[str, Any]:
    """The drift between two reports.

    Args:
        earlier: of the last validation; None for the first.
        report: of this one.

    Returns:
        `{"against": the earlier data or None, "changes": [{"kind", "table", "column", "words"}]}`.
    """
    if earlier is None:
        return {"against": None, "changes": []}
    changes: list[dict[str, Any]] = []
    for name in earlier["tables"]:
        if name not in report["tables"]:
            changes.append(_change("vanished_table", name, None, "was there in the last validation"))
    for name, table in report["tables"].items():
        before = earlier["tables"].get(name)
        if before is None:
            changes.append(_change("new_table", name, None, "was not there in the last validation"))
        else:
            changes += _columns(name, before, table)
            changes += _values(name, before, table)
    return {"against": earlier["data"], "changes": changes}


def _change(kind: str, table: str, column: str | None, words: str) -> dict[str, Any]:
    return {"kind": kind, "table": table, "column": column, "words": words}


def _types(table: Mapping[str, Any]) -> dict[str, str]:
    """The source's columns and their types; several files may differ, the last one counts."""
    return {name: kind for source in table["sources"] for name, kind in source["columns"].items()}


def _known(table: Mapping[str, Any]) -> set[str]:
    """The book's columns that some source has."""
    return {source["renamed"].get(name, name) for source in table["sources"] for name in source["columns"]}


def _columns(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    old, new = _types(before), _types(now)
    gone = [column for column in old if column not in new]
    come = [column for column in new if column not in old]
    for column in list(gone):
        scores = {each: _likeness(column, before, each, now) for each in come}
        best = max(scores, key=lambda each: scores[each], default=None)
        if best is not None and scores[best] >= _ALIKE:
            gone.remove(column)
            come.remove(best)
            yield _change("renamed_column", name, column, f"seems to be named {best!r} now: map it, or ask the source")
    for column in gone:
        yield _change("vanished_column", name, column, "was there in the last validation")
    for column in come:
        yield _change("new_column", name, column, "was not there in the last validation")
    for column, kind in new.items():
        if column in old and old[column] != kind:
            yield _change("type", name, column, f"is {kind} now and was {old[column]}")


def _likeness(old: str, before: Mapping[str, Any], new: str, now: Mapping[str, Any]) -> float:
    """From 0 to 1: by the names, more or less so by the values; texts that are the same tell it alone."""
    names = 1.0 if plain(old) == plain(new) else difflib.SequenceMatcher(None, plain(old), plain(new)).ratio()
    one, other = _facts(before, old), _facts(now, new)
    texts, numbers = _same_texts(one, other), _same_numbers(one, other)
    if texts is not None:
        return max(names * (0.5 + texts / 2), 0.9 * texts)
    return names if numbers is None else names * (0.6 + 0.4 * numbers)


def _facts(table: Mapping[str, Any], column: str) -> Mapping[str, Any]:
    names = {old: new for source in table["sources"] for old, new in source["renamed"].items()}
    known, unknown = table["columns"].get(names.get(column, column)), table["unknown_columns"].get(column)
    found: Mapping[str, Any] = known or unknown or {}
    return found


def _same_texts(old: Mapping[str, Any], new: Mapping[str, Any]) -> float | None:
    """Share of the values that both have; None where the frequent values of one are not known."""
    if not old.get("frequent") or not new.get("frequent"):
        return None
    one, other = dict(old["frequent"]), dict(new["frequent"])
    return math.fsum(min(share, other.get(value, 0.0)) for value, share in one.items())


def _same_numbers(old: Mapping[str, Any], new: Mapping[str, Any]) -> float | None:
    """How far the narrower of two ranges lies within the other."""
    try:
        low, high, least, most = (float(each[end]) for each in (old, new) for end in ("min", "max"))
    except (KeyError, TypeError, ValueError):
        return None
    narrow = min(high - low, most - least)
    shared = min(high, most) - max(low, least)
    return max(0.0, min(1.0, shared / narrow)) if narrow else float(shared >= 0)


def _values(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    there = _known(before) & _known(now)
    for column, facts in now["columns"].items():
        old = before["columns"].get(column)
        if old is None or column not in there or not old["count"] or not facts["count"]:
            continue
        if facts["type"] in {"category", "boolean"} and len(old["frequent"]) < 20:
            known = {value for value, _ in old["frequent"]}
            fresh = [f"{value!r} ({share:.1%})" for value, share in facts["frequent"] if value not in known]
            if fresh:
                yield _change("new_category", name, column, f"has new values: {', '.join(fresh[:6])}")
        one, other = old["missing_share"], facts["missing_share"]
        pooled = (old["missing"] + facts["missing"]) / (old["count"] + facts["count"])
        spread = math.sqrt(max(pooled * (1 - pooled), 1e-12) * (1 / old["count"] + 1 / facts["count"]))
        if abs(other - one) > max(_LEAST_SHIFT, _SIGMAS * spread):
            yield _change("missing_share", name, column, f"is missing in {other:.1%} of the rows, before in {one:.1%}")
