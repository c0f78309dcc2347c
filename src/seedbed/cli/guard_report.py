"""The page of a validation, for the client: does the data pass, what does not fit, and how the values look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.cli import charts
from seedbed.cli.guard_pictures import picture
from seedbed.cli.page import card, facts, page, table, text
from seedbed.core.files import write_atomic, writing

if TYPE_CHECKING:
    from seedbed.rules.guard import Validated

MOST_REASONS = 10
SHOWN = 2
"""Examples of a rule on the page; report.json has one more."""


def write_page(result: Validated) -> Path:
    """Writes `report.html` beside `report.json`.

    Args:
        result: of a validation.

    Returns:
        The page.

    Raises:
        EngineError: it cannot be written.
    """
    report = result.report
    body = [
        *_head(report),
        *_where(report),
        *_reasons(report),
        *_expectations(report),
        *_drift(report),
        *_columns(report, result),
        *_sources(report),
        *_next(report, result.root),
    ]
    path = result.root / "report.html"
    with writing(result.root):
        write_atomic(path, page(f"{report['book']['name']}: the data, checked", body).encode())
    return path


def percent(share: float) -> str:
    """A share for people: no digits that say nothing, and never 0 % for something that is there."""
    if 0 < share < 0.00005:
        return "< 0.01%"
    digits = 2 if share < 0.0995 else 1
    return f"{share:.{digits}%}" if share else "0%"


def number(value: Any) -> str:
    """A number, day or moment for people."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.5g}"
    return str(value)


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    verdict, book = report["verdict"], report["book"]
    yield f"<h1>{text(book['name'])}: {text(report['data']['name'])}, checked</h1>"
    if book["about"]:
        yield f'<p class="lead">{text(book["about"])}</p>'
    if verdict["passed"]:
        yield '<p class="verdict good"><b>The data passes.</b> It is as the rule book says.</p>'
    else:
        items = "".join(f"<li>{text(reason)}</li>" for reason in verdict["reasons"][:MOST_REASONS])
        more = len(verdict["reasons"]) - MOST_REASONS
        items += f"<li>and {more} more</li>" if more > 0 else ""
        yield f'<div class="verdict bad"><b>The data does not pass.</b><ul>{items}</ul></div>'
    share = report["quarantined"] / report["read"] if report["read"] else 0.0
    met = [each["met"] for each in report["expectations"]]
    numbers = [
        (f"{report['read']:,}", "records read"),
        (f"{report['accepted']:,}", "accepted, ready to use"),
        (f"{report['quarantined']:,}", f"in quarantine ({percent(share)})"),
    ]
    if met:
        numbers.append((f"{sum(each is True for each in met)} of {len(met)}", "expectations met"))
    yield facts(numbers)


def _where(report: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Where the records went</h2>"
    yield "<p>Each record that was read is in exactly one of the two folders: accepted or quarantine.</p>"
    bars = [
        {
            "name": name,
            "accepted": content["accepted"] - content["warned"],
            "accepted with a remark": content["warned"],
            "quarantine": content["quarantined"],
        }
        for name, content in report["tables"].items()
    ]
    rows = [
        [
            name,
            f"{content['read']:,}",
            f"{content['accepted']:,}",
            f"{content['warned']:,}",
            f"{content['quarantined']:,}",
            percent(content["quarantined_share"]),
            f"{content['unread']:,}",
        ]
        for name, content in report["tables"].items()
    ]
    head = ["table", "records", "accepted", "(with a remark)", "in quarantine", "share", "(unreadable)"]
    yield f'<div class="card wide">{charts.ways(bars)}</div><br><div class="scroll">{table(head, rows)}</div>'
    for note in report["notes"]:
        yield f'<p class="note">{text(note)}</p>'


def _rules(report: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    rules = [(name, rule) for name, content in report["tables"].items() for rule in content["rules"]]
    return sorted(rules, key=lambda each: (each[1]["severity"] != "reject", -each[1]["count"]))


def _sentence(name: str, rule: Mapping[str, Any]) -> str:
    return f"{name}.{rule['column']}: {rule['words']}" if rule["column"] else f"{name}: {rule['words']}"


def _reasons(report: Mapping[str, Any]) -> Iterator[str]:
    rules = _rules(report)
    faults = [(name, fault) for name, content in report["tables"].items() for fault in content["faults"]]
    if not rules and not faults:
        return
    yield "<h2>What does not fit</h2>"
    if rules:
        bars = [
            {"name": _sentence(name, rule), "count": rule["count"], "kind": rule["severity"]}
            for name, rule in rules[:MOST_REASONS]
        ]
        yield f'<div class="card wide">{charts.counts(bars)}</div>'
        rows = []
        for name, rule in rules[: 3 * MOST_REASONS]:
            shown = [_example(each) for each in rule["examples"][:SHOWN]]
            effect = "quarantine" if rule["severity"] == "reject" else "remark"
            rows.append([_sentence(name, rule), f"{rule['count']:,}", effect, "; ".join(shown)])
        yield "<h3>With the first few places of each</h3>"
        yield f'<div class="scroll">{table(["what", "rows", "leads to", "for example"], rows)}</div>'
    if faults:
        yield "<h3>About whole tables</h3><ul>"
        for name, fault in faults:
            mark = "" if fault["severity"] == "reject" else " (a remark)"
            yield f"<li>{text(_sentence(name, fault) + mark)}</li>"
        yield "</ul>"


def _example(example: Mapping[str, Any]) -> str:
    place = f"{example['source']}, line {example['line']:,}"
    if example["value"] is None:
        return place
    value = example["value"] if len(example["value"]) <= 40 else example["value"][:37] + "..."
    return f"{value!r} ({place})"


def _expectations(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["expectations"]:
        return
    yield "<h2>What you expected of the data as a whole</h2>"
    rows = []
    for each in report["expectations"]:
        low, high = each["range"]
        outcome = {True: "✓ as expected", False: "✗ not as expected", None: f"not measured: {each.get('trouble')}"}
        rows.append([each["name"], number(each["value"]), f"{number(low)} to {number(high)}", outcome[each["met"]]])
    yield table(["expectation", "in the accepted rows", "expected", ""], rows)


_KINDS = {
    "new_column": "new column",
    "vanished_column": "column gone",
    "renamed_column": "column renamed",
    "type": "other type",
    "new_category": "new values",
    "missing_share": "missing more or less often",
    "new_table": "new table",
    "vanished_table": "table gone",
}


def _drift(report: Mapping[str, Any]) -> Iterator[str]:
    drift = report["drift"]
    if drift["against"] is None:
        return
    yield "<h2>What changed since the last validation</h2>"
    if not drift["changes"]:
        yield f"<p>Nothing, beside {text(drift['against']['name'])}.</p>"
        return
    rows = [
        [_KINDS[each["kind"]], f"{each['table']}.{each['column']}" if each["column"] else each["table"], each["words"]]
        for each in drift["changes"]
    ]
    yield table(["change", "where", "what"], rows)


def _columns(report: Mapping[str, Any], result: Validated) -> Iterator[str]:
    yield "<h2>Column by column, beside what you said</h2>"
    yield (
        '<p class="key"><i class="band" style="background:#e0a42640"></i>the range you expect'
        '<i style="border-color:#c0563b;border-top-style:dashed"></i>what you said: typical, or share'
        '<i class="band" style="background:#2f7d5b"></i>what is in the data, bad rows included</p>'
    )
    for name, content in report["tables"].items():
        about = f": {content['about']}" if content["about"] else ""
        yield f"<h3>{text(name)}{text(about)}</h3>"
        samples = result.samples.get(name, {})
        cards, rows = [], []
        for column, told in content["columns"].items():
            rows.append([column, *_row(told)])
            drawn = picture(told, samples.get(column))
            if drawn is not None:
                cards.append(card(column, _under(told), drawn))
        yield f'<div class="grid">{"".join(cards)}</div>'
        head = ["column", "type", "smallest", "mean", "largest", "you expect", "missing", "you expect", "not readable"]
        yield f'<div class="scroll">{table(head, rows)}</div>'


def _row(told: Mapping[str, Any]) -> list[str]:
    return [
        told["type"],
        number(told["min"]),
        number(_mean(told)),
        number(told["max"]),
        said(told["expected"]),
        percent(told["missing_share"]),
        percent(told["expected"]["missing"]),
        f"{told['unparsed']:,}",
    ]


def _mean(told: Mapping[str, Any]) -> Any:
    return None if told["type"] == "boolean" else told["mean"]


def said(expected: Mapping[str, Any]) -> str:
    """What the client said about a column, in a few words."""
    unit = f" {expected['unit']}" if expected.get("unit") else ""
    if "range" in expected:
        low, high = (_day(bound) for bound in expected["range"])
        typical = f", typically {number(expected['typical'])}" if "typical" in expected else ""
        return f"{low} to {high}{typical}{unit}"
    if "choices" in expected:
        names = list(expected["choices"])
        return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    if "chance" in expected:
        return f"true in {percent(expected['chance'])}"
    if "formula" in expected:
        return f"= {expected['formula']}"
    for shape in ("pattern", "format"):
        if shape in expected:
            return f"like {expected[shape]}"
    return f"a {expected['to']}" if "to" in expected else f"by {expected['source']}"


def _day(bound: Any) -> str:
    if isinstance(bound, str):
        moment = dt.datetime.fromisoformat(bound)
        return str(moment.date()) if moment.time() == dt.time() else f"{moment:%Y-%m-%d %H:%M}"
    return number(bound)


def _under(told: Mapping[str, Any]) -> str:
    words = said(told["expected"])
    if told["missing"] or told["expected"]["missing"]:
        words += f"; missing {percent(told['missing_share'])} (you said {percent(told['expected']['missing'])})"
    return words


def _sources(report: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>How the data was read</h2>"
    rows, left = [], 0
    for name, content in report["tables"].items():
        for index, source in enumerate(content["sources"]):
            if index >= 5 and not source["notes"]:
                left += 1
                continue
            how = source["kind"]
            if how == "text":
                mark = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(source["delimiter"])
                how = f"text, {source['encoding']}, {mark or source['delimiter']}"
            rows.append([name, source["path"], how, "; ".join(source["notes"])])
    yield f'<div class="scroll">{table(["table", "file", "read as", "notes"], rows)}</div>'
    if left:
        yield f"<p>and {left} more files, read in the same way.</p>"


def _warned(table: Mapping[str, Any]) -> bool:
    return any(rule["severity"] == "warn" for rule in table["rules"])


def _next(report: Mapping[str, Any], root: Path) -> Iterator[str]:
    yield "<h2>Next</h2>"
    if report["quarantined"]:
        yield (
            "<p>The rows in quarantine stand as they were read, each with its file, its line and the reasons. Correct "
            "them at the source, or change the rule book where it is the book that is wrong, and validate again.</p>"
        )
    lines = [f"{root}/accepted/TABLE/*.parquet      good rows, typed, ready to use"]
    if report["quarantined"]:
        lines.append(f"{root}/quarantine/TABLE/*.parquet    the others, and why")
    if any(_warned(table) for table in report["tables"].values()):
        lines.append(f"{root}/remarks/TABLE/*.parquet       rows with a warning, and which")
    lines.append(f"{root}/report.json                  this page, for programs")
    yield f"<pre>{text(chr(10).join(lines))}</pre>"
