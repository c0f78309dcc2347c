"""Rule books drawn by hypothesis: every type, source and modifier of the language, small tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

KINDS = ("integer", "number", "decimal", "boolean", "category", "text", "date", "datetime")
PERIODS = (
    ("2025-03-01", "2025-11-30", "Europe/Paris"),
    ("2025-10-20", "2025-11-10", "America/Montreal"),
    ("2025-03-28", "2025-04-08", "Australia/Lord_Howe"),
    ("2024-02-28", "2024-03-01", "UTC"),
    ("2025-09-05", "2025-09-08", "America/Santiago"),
)
"""Times around changes of the clock: of an hour, of half an hour, at midnight."""


@dataclass
class Draft:
    """A table being drawn.

    Attributes:
        name: of the table.
        head: how it gets its rows.
        columns: name and body of each.
        kinds: kind of each path a formula may use.
        references: kind of the id that `of` leads to, in a table whose key is `of` and `line`.
        tail: lines after the columns.
    """

    name: str
    head: str
    columns: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    tail: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Its lines in the book."""
        lines = [f"  {self.name}:", f"    {self.head}", "    columns:"]
        lines += [f"      {name}: {{{body}}}" for name, body in self.columns.items()]
        return "\n".join([*lines, *(f"    {line}" for line in self.tail)])

    def of_kind(self, *kinds: str) -> list[str]:
        """Paths of some kinds."""
        return [path for path, kind in self.kinds.items() if kind in kinds]


@st.composite
def conditions(draw: st.DrawFn, table: Draft) -> str:
    """A condition over what a row sees."""
    made = ["1 = 1"]
    for path, kind in table.kinds.items():
        match kind:
            case "boolean":
                made += [path, f"not {path}", f"{path} is null"]
            case "integer" | "number" | "decimal":
                made += [f"{path} > {draw(st.integers(-50, 50))}", f"{path} between 0 and 20", f"{path} is not null"]
            case "category":
                made += [f"{path} = 'p'", f"{path} in ('q', 'r')", f"{path} <> 'p'"]
            case "date":
                made += [f"month({path}) = 10", f"{path} >= date '2025-06-01'"]
            case "datetime":
                made += [f"hour({path}) < 3"]
    one = draw(st.sampled_from(made))
    if draw(st.integers(0, 3)) == 0:
        return f"{one} {draw(st.sampled_from(['and', 'or']))} {draw(st.sampled_from(made))}"
    return one


@st.composite
def formulas(draw: st.DrawFn, table: Draft, kind: str) -> str:
    """A formula of a kind over what a row sees."""
    numbers = table.of_kind("integer", "number", "decimal") or ["7"]
    one, other = draw(st.sampled_from(numbers)), draw(st.sampled_from(numbers))
    texts = table.of_kind("category", "text") or ["'x'"]
    text = draw(st.sampled_from(texts))
    moments = table.of_kind("datetime") or ["timestamp '2025-04-01 02:30:00'"]
    days = table.of_kind("date") or ["date '2025-04-01'"]
    choices = {
        "integer": [f"{one} * 3 - 1", f"round({one})", f"{one} * {other}", f"coalesce({one}, 0)", f"{one} % 7"],
        "number": [f"{one} / ({other} - 5)", f"sqrt({one})", f"{one} * 0.1 + {other}", f"exp({one} / 100.0)"],
        "decimal": [f"{one} * 0.125", f"{one} * {other} * (1 - 0.3)", f"{one} / 3", f"coalesce({one}, 1) * 1.15"],
        "boolean": [draw(conditions(table))],
        "category": [f"case when {draw(conditions(table))} then 'x' else {text} end", text],
        "text": [f"upper({text}) || '-' || {text}", f"{text} || {one}", f"coalesce({text}, 'none')"],
        "date": [draw(st.sampled_from(days)), f"cast({draw(st.sampled_from(moments))} as date)"],
        "datetime": [draw(st.sampled_from(moments)), f"cast({draw(st.sampled_from(days))} as timestamp)"],
    }
    return draw(st.sampled_from(choices[kind]))


@st.composite
def ranges(draw: st.DrawFn, kind: str, effects: str = "") -> str:
    """The keys of a source by itself, without expressions."""
    low, mode, high = sorted(draw(st.lists(st.integers(-300, 300), min_size=3, max_size=3)))
    typical = draw(st.booleans())
    if kind == "boolean":
        return f"chance: {draw(st.sampled_from([0, 0.3, 1]))}"
    if kind == "category":
        return draw(st.sampled_from(["choices: {p: 3, q: 1}", "choices: {r: 1, q: 2.5, p: 0, ' s': 1}"]))
    if kind == "text":
        fakers = ["faker: name, locale: de_DE", "faker: word", "faker: company, locale: fr_CA"]
        return draw(st.sampled_from([*fakers, r"pattern: '[A-Z]{2}-\d{3}'", "pattern: 'a?(b|cd){0,2}[x.\\]]'"]))
    if kind == "date":
        return draw(st.sampled_from(["range: period", "range: [2025-01-01, 2025-02-03], typical: 2025-01-20"]))
    if kind == "datetime":
        own = ("2025-03-30T00:30:00", "2025-03-30T04:00:00"), ("2025-10-26T02:15:00", "2025-10-26T02:45:00")
        spans = [f"range: [{start}, {stop}]" for start, stop in own]
        spans += ["range: period, effects: [{weekday: {sun: 3}}]", "range: [2025-11-02T01:30:00, 2025-11-02T02:00:00]"]
        shaped = "{hour: {6: 0, 9: 2, 21: 0.1}}, {month: {mar: 2, oct: 3}}, {trend: {per_year: 0.3}}"
        spans.append(f"range: period, effects: [{shaped}]")
        return draw(st.sampled_from(["range: period", *spans]))
    places = ".25" if kind == "decimal" else ".125" if kind == "number" else ""
    if places and draw(st.booleans()) and low >= 0:
        low_text, mode_text, high_text = f"{low}{places}", f"{mode}{places}", f"{high}{places}"
    else:
        low_text, mode_text, high_text = str(low), str(mode), str(high)
    if not typical:
        return f"range: [{low_text}, {high_text}]"
    shapes = ["", "", ", distribution: triangular", ", distribution: {normal: {sd: 40}}"]
    shapes += [", distribution: {lognormal: {sigma: 0.5}}"] if low > 0 else []
    return f"range: [{low_text}, {high_text}], typical: {mode_text}{effects}{draw(st.sampled_from(shapes))}"


@st.composite
def switches(draw: st.DrawFn, table: Draft, kind: str) -> str:
    """`by`, or nothing."""
    paths = [path for path in table.of_kind("category", "boolean", "integer") if not path.endswith("id")]
    if not paths or kind == "text" or draw(st.integers(0, 2)):
        return ""
    path = draw(st.sampled_from(paths))
    values = {"category": ("p", "q"), "boolean": ("true", "false"), "integer": ("1", "2", "-3")}
    listed = draw(st.lists(st.sampled_from(values[table.kinds[path]]), min_size=1, max_size=2, unique=True))
    items = ", ".join(f'"{value}": {{{draw(ranges(kind))}}}' for value in listed)
    return f", by: {{{path}: {{{items}}}}}"


@st.composite
def constraints(draw: st.DrawFn, table: Draft) -> list[str]:
    """Lines of constraints, often none."""
    count = draw(st.sampled_from([0, 0, 0, 1, 2]))
    items = []
    for number in range(count):
        severity = draw(st.sampled_from(["", ", severity: warn"]))
        items.append(f'  - {{name: rule {number}, check: "{draw(conditions(table))}"{severity}}}')
    return ["constraints:", *items] if items else []


_LOOKS_AROUND = ("effects", "by:", "correlate", "unique", "cases", "formula", "format", "hidden", "series", "part")


@st.composite
def dependencies(draw: st.DrawFn, table: Draft) -> list[str]:
    """Lines of dependencies, often none: plain columns that follow from one or two others."""
    plain = [name for name, body in table.columns.items() if name[0] == "c" and not any(map(body.count, _LOOKS_AROUND))]
    others = [name for name in table.columns if name not in plain and "hidden" not in table.columns[name]]
    lines = []
    for number in range(draw(st.sampled_from([0, 0, 1, 2])) if plain else 0):
        given = draw(st.lists(st.sampled_from(plain + others), min_size=1, max_size=2, unique=True))
        same = [name for name in draw(st.lists(st.sampled_from(plain), unique=True)) if name not in given]
        if same:
            lines.append(f"  - {{name: rule {number}, given: [{', '.join(given)}], same: [{', '.join(same)}]}}")
    return ["depends:", *lines] if lines else []


SERIES = (
    "walk: 0.4",
    "revert: {half_life: 2 days, spread: 2}",
    "yearly: {peak: 07-25, swing: 30}",
    "shifts: {per_year: 40, size: 9}",
    "noise: 1",
)
CONSTANTS = {
    "integer": "7",
    "number": "0.5",
    "decimal": "1.25",
    "boolean": "true",
    "category": "z",
    "text": "' some text'",
    "date": "2025-05-05",
    "datetime": "2025-10-26T02:30:00",
}


@st.composite
def columns(draw: st.DrawFn, table: Draft) -> None:
    """Adds one column."""
    name = f"c{len(table.columns)}"
    kind = draw(st.sampled_from(KINDS))
    places = f", places: {draw(st.integers(2, 4))}" if kind == "decimal" else ""
    missing = draw(st.sampled_from(["", "", ", missing: 0.2", ", missing: 0.2", ", severity: warn", ", hidden: true"]))
    if len(table.columns) < 2:
        missing = missing.replace(", hidden: true", "")
    unique = draw(st.sampled_from(["", "", ", unique: true"])) if kind in {"integer", "text", "decimal"} else ""
    match draw(st.sampled_from(["range", "range", "formula", "cases"])):
        case "range":
            effects = ""
            if draw(st.booleans()) and kind in {"integer", "number", "decimal"}:
                effects = f', effects: [{{when: {{if: "{draw(conditions(table))}", factor: 2}}}}]'
            if unique:
                wide = "range: [-40000, 40000]"
                body = (r"pattern: '[A-Z]{3}\d{3}'" if kind == "text" else wide) + unique
            elif kind == "text" and table.kinds and draw(st.booleans()):
                slots = draw(st.lists(st.sampled_from(sorted(table.kinds)), min_size=1, max_size=3))
                body = "format: '" + "/".join(f"{{{path}}}" for path in slots) + "'"
            else:
                body = draw(ranges(kind, effects)) + draw(switches(table, kind))
                others = [path for path in table.of_kind("integer", "number", "decimal", "date") if path[0] == "c"]
                if others and kind in {"integer", "number", "decimal", "date"} and draw(st.integers(0, 5)) == 0:
                    body += f", correlate: {{with: {draw(st.sampled_from(others))}, r: 0.2}}"
        case "formula":
            body = f'formula: "{draw(formulas(table, kind))}"'
        case _:
            branches = []
            for _ in range(draw(st.integers(1, 3))):
                source = draw(
                    st.sampled_from(
                        [
                            draw(ranges(kind)),
                            f'formula: "{draw(formulas(table, kind))}"',
                            f"value: {CONSTANTS[kind]}",
                            "value: null",
                        ]
                    )
                )
                branches.append(f'{{when: "{draw(conditions(table))}", {source}}}')
            last = draw(st.sampled_from([CONSTANTS[kind], "null", "{" + draw(ranges(kind)) + "}"]))
            body = f"cases: [{', '.join(branches)}, {{otherwise: {last}}}]"
    table.columns[name] = f"type: {kind}{places}, {body}{missing}"
    table.kinds[name] = kind


@st.composite
def each(draw: st.DrawFn, table: Draft, tables: list[Draft]) -> None:
    """One row for each combination of tables and a step of time."""
    parents = draw(st.lists(st.sampled_from([""] + [other.name for other in tables]), max_size=2, unique=True))
    step = draw(st.sampled_from(["day", "hour", "45 min"]))
    items = [*(name for name in parents if name), step]
    keep = draw(st.sampled_from(["", "\n    keep: 0.3"])) if len(items) > 1 else "\n    keep: 0.05"
    table.head = f"each: [{', '.join(items)}]{keep}"
    for name in items[:-1]:
        parent = next(other for other in tables if other.name == name)
        if "id" not in parent.columns:
            table.head = "rows: 5"
            return
        table.columns[f"to_{name}"] = f"type: reference, to: {name}"
    kind = "date" if step == "day" else "datetime"
    table.columns["step"] = f"type: {kind}, part: {step}"
    table.kinds["step"] = kind
    if draw(st.booleans()):
        parts = draw(st.lists(st.sampled_from(SERIES), min_size=1, max_size=3, unique=True))
        table.columns["state"] = (
            f"type: decimal, places: 1, series: {{range: [-5, 45], typical: 17, {', '.join(parts)}}}"
        )
        table.kinds["state"] = "decimal"
    draw(columns(table))


@st.composite
def children(draw: st.DrawFn, table: Draft, parent: Draft) -> None:
    """Some rows for each row of another table."""
    table.head = f"children: {{of: {parent.name}, count: {{range: [0, 5]}}}}"
    table.columns["of"] = f"type: reference, to: {parent.name}"
    if draw(st.booleans()):
        table.columns["line"] = "type: integer, part: number"
        table.kinds["line"] = "integer"
        if draw(st.booleans()):
            table.tail.append("key: [of, line]")
            table.references["of"] = parent.kinds["id"]
    for path, kind in parent.kinds.items():
        table.kinds[f"of.{path}"] = kind
    draw(columns(table))
    draw(columns(table))


@st.composite
def process(draw: st.DrawFn, table: Draft, parent: Draft) -> None:
    """States that each row of another table walks through."""
    dates = [path for path, kind in parent.kinds.items() if kind in {"date", "datetime"} and "." not in path]
    start = draw(st.sampled_from(["", *(f"start: {path}, " for path in dates)]))
    opened = "a: {stay: {range: [1, 90], unit: minutes}, next: {b: 2, c: 1}}"
    going = "b: {stay: {range: [0.5, 30], unit: hours}, next: {a: 1, c: 3, b: 1}}"
    most = draw(st.sampled_from([3, 50]))
    table.head = f"process: {{of: {parent.name}, {start}most: {most}, states: {{{opened}, {going}, c: {{}}}}}}"
    table.columns["of"] = f"type: reference, to: {parent.name}"
    for name, body in {
        "number": "integer, part: number",
        "state": "category, part: state",
        "at": "datetime, part: time",
        "stay": f"number, part: stay, unit: {draw(st.sampled_from(['minutes', 'hours', 'days']))}",
    }.items():
        if name == "state" or draw(st.booleans()):
            table.columns[name] = f"type: {body}"
            table.kinds[name] = body.partition(",")[0]
    if draw(st.booleans()):
        draw(columns(table))


@st.composite
def books(draw: st.DrawFn) -> str:
    """The text of a book of one to three tables, later ones leading to earlier ones."""
    start, end, zone = draw(st.sampled_from(PERIODS))
    tables: list[Draft] = []
    for number in range(draw(st.integers(1, 4))):
        rows = draw(st.integers(1, 30) if not tables else st.integers(1, 300))
        table = Draft(f"t{number}", f"rows: {rows}")
        layout = draw(st.sampled_from(["rows", "rows", "rows", "each", "children", "process"]))
        parents = [other for other in tables if "id" in other.columns]
        if layout == "each":
            draw(each(table, tables))
        elif layout != "rows" and parents:
            parent = draw(st.sampled_from(parents))
            draw((children if layout == "children" else process)(table, parent))
        if len(table.columns):
            tables.append(table)
            continue
        form = draw(st.sampled_from(["", ", format: 'S{:02d}x'", ", format: 'N-{}'"]))
        if draw(st.booleans()) or number < 2:
            table.columns["id"] = f"type: id{form.replace(chr(39), chr(34))}"
            table.kinds["id"] = "text" if form else "integer"
        for other in tables:
            if "id" in other.columns and draw(st.booleans()):
                extra = draw(st.sampled_from(["", ", missing: 0.2", ", skew: 1.1"]))
                table.columns[f"to_{other.name}"] = f"type: reference, to: {other.name}{extra}"
                for path, kind in other.kinds.items():
                    table.kinds[f"to_{other.name}.{path}"] = kind
        for other in tables:
            if other.references and draw(st.booleans()):
                table.columns["slot"] = f"type: reference, to: {other.name}, hidden: true"
                table.columns["slot_of"] = f"type: {other.references['of']}, formula: slot.of"
                table.columns["slot_line"] = "type: integer, formula: slot.line"
                for path, kind in other.kinds.items():
                    table.kinds[f"slot.{path}"] = kind
                break
        if "id" in table.columns and draw(st.integers(0, 3)) == 0:
            table.columns["chief"] = f"type: reference, to: {table.name}"
        for _ in range(draw(st.integers(1, 5))):
            draw(columns(table))
        table.tail = draw(constraints(table)) + draw(dependencies(table))
        tables.append(table)
    head = f"seedbed: book/1\nname: b\nseed: {draw(st.integers(0, 1000))}\n"
    head += f"period: {{start: {start}, end: {end}, timezone: {zone}}}\ntables:\n"
    return head + "\n".join(table.text() for table in tables) + "\n"
