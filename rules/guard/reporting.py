"""report.json: what was read, where it went and why, beside what the client expects.

The keys are a format that programs read (`"seedbed": "validation/1"`): keys may be added, none renamed or removed. It
holds no time and no machine name: the same book and data give the same report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seedbed.core.shards import Lock
from seedbed.rules.guard.codes import Code, Severity
from seedbed.rules.guard.places import Found

if TYPE_CHECKING:
    from seedbed.rules.book import Book
    from seedbed.rules.guard.batches import Breach
    from seedbed.rules.guard.flow import TableResult
    from seedbed.rules.guard.tallies import Rule

FORMAT = "validation/1"
_SCHEMA_ORG = {
    "integer": "Integer",
    "number": "Float",
    "decimal": "Float",
    "boolean": "Boolean",
    "date": "Date",
    "datetime": "DateTime",
}


def report_of(
    book: Book,
    results: Mapping[str, TableResult],
    found: Found,
    lock: Lock,
    expectations: Sequence[dict[str, Any]],
    fail_over: float,
) -> dict[str, Any]:
    """Puts a report together.

    Args:
        book: what was expected.
        results: of the tables that were found.
        found: what was found, and what was not.
        lock: of the run.
        expectations: measured over the accepted rows.
        fail_over: the share of a table's records that may go to quarantine.

    Returns:
        The content of report.json without drift and notifications.
    """
    from seedbed import __version__

    tables = {name: _table(book, name, results[name]) for name in book.tables if name in results}
    report: dict[str, Any] = {
        "seedbed": FORMAT,
        "version": __version__,
        "book": {"name": book.name, "about": book.about, "file": lock.file, "digest": lock.digest},
        "data": {"name": lock.options["data"], "digest": lock.options["data digest"]},
        "options": {key: value for key, value in lock.options.items() if not key.startswith("data")},
        "verdict": {},
        "read": sum(table["read"] for table in tables.values()),
        "accepted": sum(table["accepted"] for table in tables.values()),
        "quarantined": sum(table["quarantined"] for table in tables.values()),
        "tables": tables,
        "absent_tables": [name for name in book.tables if name not in results],
        "unreadable_files": [{"path": path, "words": words} for path, words in found.broken.items()],
        "expectations": list(expectations),
        "notes": [*found.notes, *_absent(book, results)],
    }
    report["verdict"] = verdict(report, fail_over)
    return report


def verdict(report: Mapping[str, Any], fail_over: float) -> dict[str, Any]:
    """Whether the data passes, and each reason why not, in words."""
    reasons = [f"{each['path']}: {each['words']}" for each in report["unreadable_files"]]
    for name, table in report["tables"].items():
        reasons += [_fault(name, fault) for fault in table["faults"] if fault["severity"] == Severity.REJECT]
        if table["quarantined_share"] > fail_over:
            share, allowed = f"{table['quarantined_share']:.2%}", f"{fail_over:.2%}" if fail_over else "none"
            reasons.append(
                f"{name}: {table['quarantined']:,} of {table['read']:,} records ({share}) are in quarantine; "
                f"{allowed} may be"
            )
    if not report["read"] and not reasons:
        reasons.append("there is no record in the data")
    unmet = [each for each in report["expectations"] if each["met"] is False and each["severity"] == Severity.REJECT]
    reasons += [each["words"] for each in unmet]
    return {"passed": not reasons, "fail_over": fail_over, "reasons": reasons}


def _fault(table: str, fault: Mapping[str, Any]) -> str:
    return f"{table}.{fault['column']}: {fault['words']}" if fault["column"] else f"{table}: {fault['words']}"


def _table(book: Book, name: str, result: TableResult) -> dict[str, Any]:
    tally = result.tally
    lost = {rule.column: 0 for rule in tally.rules}
    for rule in tally.rules:
        if rule.code in {Code.WRONG_TYPE, Code.NOT_FINITE}:
            lost[rule.column] += rule.count
    columns = {}
    for column, facts in result.columns.items():
        unparsed = min(lost.get(column, 0), facts["missing"])
        missing = facts["missing"] - unparsed
        columns[column] = {
            "type": book.tables[name].columns[column].type,
            **facts,
            "missing": missing,
            "missing_share": round(missing / facts["count"], 9) if facts["count"] else 0.0,
            "unparsed": unparsed,
            "expected": expected(book, name, column),
        }
        if book.tables[name].columns[column].sensitive:
            columns[column].update(sensitive=True, frequent=[])
    return {
        "about": book.tables[name].about,
        "sources": [source.facts() for source in result.sources],
        "read": tally.read,
        "accepted": tally.accepted,
        "quarantined": tally.quarantined,
        "quarantined_share": round(tally.share, 9),
        "unread": tally.unread,
        "warned": tally.warned,
        "blank_lines": tally.blank,
        "rules": [_rule(book, name, rule) for rule in tally.rules],
        "faults": [_breach(breach) for breach in tally.faults],
        "columns": columns,
        "unknown_columns": result.strangers,
    }


def _rule(book: Book, table: str, rule: Rule) -> dict[str, Any]:
    """A rule; values of sensitive columns stay out of the report, they are in the quarantine alone."""
    found = rule.to_json()
    columns = book.tables[table].columns
    at_fault = columns.get(rule.column) if rule.column else None
    if at_fault.sensitive if at_fault is not None else any(each.sensitive for each in columns.values()):
        found["examples"] = [
            {key: None if key in {"value", "detail"} else part for key, part in each.items()}
            for each in found["examples"]
        ]
    return found


def _breach(breach: Breach) -> dict[str, Any]:
    return {
        "code": str(breach.code),
        "column": breach.column,
        "words": breach.words,
        "severity": str(breach.severity),
    }


def _absent(book: Book, results: Mapping[str, TableResult]) -> list[str]:
    """Tables that are not there, and the references that could not be checked for it."""
    notes = []
    for name in book.tables:
        if name in results:
            continue
        leading = [
            f"{table}.{column}"
            for table in results
            for column, reference in book.tables[table].references.items()
            if reference.to == name
        ]
        unchecked = f"; references from {', '.join(leading)} were not checked" if leading else ""
        notes.append(f"the data has no table {name}{unchecked}")
    return notes


def expected(book: Book, table: str, name: str) -> dict[str, Any]:
    """What the client said about a column, as far as it can stand beside a number or a picture."""
    column: Any = book.tables[table].columns[name]
    facts: dict[str, Any] = {"missing": getattr(column, "missing", 0.0), "source": column.source}
    if column.source in {"range", "series"}:
        source = column.series if column.source == "series" else column
        span = source.range
        if span == "period" and book.period is not None:
            span = (book.period.start, book.period.end)
        facts["range"] = [_plain(bound) for bound in span]
        if source.typical is not None:
            facts["typical"] = _plain(source.typical)
    elif column.source == "choices":
        total = sum(column.choices.values())
        facts["choices"] = {value: weight / total for value, weight in column.choices.items()}
    elif column.source == "chance":
        facts["chance"] = column.chance
    elif column.source in {"formula", "pattern", "format"}:
        facts[column.source] = getattr(column, column.source)
    elif column.source == "reference":
        facts["to"] = column.to
    for key in ("unit", "about"):
        if getattr(column, key, None):
            facts[key] = getattr(column, key)
    return facts


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else value.isoformat()


def fields(book: Book, table: str) -> list[dict[str, Any]]:
    """The columns of a table for the card."""
    found = []
    for name, column in book.tables[table].columns.items():
        if getattr(column, "hidden", False):
            continue
        entry: dict[str, Any] = {
            "name": name,
            "type": _SCHEMA_ORG.get(column.type, "Text"),
            "file": f"accepted/{table}",
            "about": column.about,
            "unit": getattr(column, "unit", None),
            "sensitive": column.sensitive,
        }
        found.append({key: value for key, value in entry.items() if value})
    return found
