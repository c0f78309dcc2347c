"""Two hundred books that mean harm: bombs, depth, huge numbers, odd encodings, injections, paths, patterns."""

from __future__ import annotations

from collections.abc import Iterator

HEAD = "seedbed: book/1\nname: b\nperiod: {start: 2025-01-01, end: 2025-12-31}\n"
BASE = (
    HEAD
    + "tables:\n"
    + "  s: {rows: 3, columns: {i: {type: id}, n: {type: integer, range: [1, 9]}}}\n"
    + "  t:\n    rows: 5\n    columns:\n      i: {type: id}\n      s: {type: reference, to: s}\n"
    + "      x: {type: text, faker: name}\n      n: {type: integer, range: [1, 9]}\n"
)


def hostile() -> Iterator[tuple[str, bytes]]:
    """Names and contents of the books."""
    for kind, books in (
        ("yaml", _yaml()),
        ("bytes", _bytes()),
        ("number", _numbers()),
        ("sql", _injections()),
        ("name", _names()),
        ("pattern", _patterns()),
        ("faker", _fakers()),
    ):
        for number, book in enumerate(books):
            yield f"{kind}-{number}", book if isinstance(book, bytes) else book.encode()


def column(words: str) -> str:
    """The base book with one more column."""
    return BASE + f"      h: {words}\n"


def _yaml() -> Iterator[str]:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)
    )
    yield laughs + BASE
    yield BASE.replace("name: b", "name: &n b") + "about: *n\n"
    yield BASE.replace("tables:", "base: &b {rows: 1}\ntables:\n  u: {<<: *b}")
    yield BASE + "      h: " + "[" * 60 + "]" * 60 + "\n"
    yield BASE + "      h: " + "[" * 100_000 + "\n"
    yield BASE + "      h: " + "{a: " * 80 + "1" + "}" * 80 + "\n"
    yield BASE + "".join("  " * (4 + i) + "a:\n" for i in range(80))
    yield BASE + "- " * 50_000 + "\n"
    yield BASE + "about: " + "x" * (1 << 20) + "\n"
    yield "#" * (2 << 20)
    yield BASE + "name: twice\n"
    yield BASE.replace("n: {type", "i: {type")
    for tag in ("!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!!binary aGk=", "!ruby/x y"):
        yield BASE.replace("name: b", f"name: {tag}")
    for tag in ("!!set {a, b}", "!!omap [a: 1]", "!!timestamp 2025-01-01", "!include /etc/passwd", "!env HOME"):
        yield column(tag)
    yield BASE + "---\n" + BASE
    yield "%YAML 1.1\n---\n" + BASE.replace("rows: 5", "rows: yes")
    yield BASE.replace("    rows: 5", "\trows: 5")
    yield BASE + "? {a: 1}\n: 2\n"
    yield BASE + "? [a, b]\n: 2\n"
    yield BASE + "      h: {type: integer\n"
    yield BASE + '      h: "never closed\n'
    yield BASE + "      h: |\n    wrong\n"
    yield BASE + "".join(f"      c{i}: {{type: integer}}\n" for i in range(20_000))
    yield BASE + "".join(f"key{i}: 1\n" for i in range(50_000))
    yield "[]"
    yield ""
    yield "seedbed: book/1"
    yield "- seedbed: book/1\n"
    yield "book"
    yield "null"


def _bytes() -> Iterator[bytes]:
    text = BASE.replace("name: b", "name: b\nabout: café")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp500", "utf-7"):
        yield text.replace("é", "é ¡").encode(encoding) if encoding != "utf-7" else b"+AGE-" + text.encode("utf-7")
    plain = BASE.encode()
    for bad in (b"\x00", b"\x07", b"\x1b[2J", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xff\xfe", b"\xf5\x80\x80\x80"):
        yield plain.replace(b"name: b", b"name: b\nabout: a" + bad + b"z")
    yield plain.replace(b"tables:", b"\xef\xbb\xbftables:")
    yield plain.replace(b"rows: 5", "rows: ５".encode())
    yield plain.replace(b"rows", "rоws".encode())  # a Cyrillic o
    yield plain.replace(b"seedbed: book/1", b"seedbed: book/1\xe2\x80\xae")
    yield bytes(range(256)) * 64
    yield b"\x89PNG\r\n\x1a\n" + bytes(400)
    yield b"PK\x03\x04" + bytes(400)


def _numbers() -> Iterator[str]:
    for rows in ("1e400", ".inf", ".nan", "-1", "0", "10" * 200, "0x" + "f" * 300, "1_0e9", "1.5", "true", "[5]"):
        yield BASE.replace("rows: 5", f"rows: {rows}")
    for seed in ("-1", str(2**64), "9" * 5000, "1.0", "seven"):
        yield BASE.replace("name: b", f"name: b\nseed: {seed}")
    for span in ("[-1e308, 1e308]", "[0, .inf]", "[.nan, 1]", f"[0, {10**400}]", "[9, 1]", "[1]", "[1, 2, 3]", "{}"):
        yield column(f"{{type: number, range: {span}}}")
    for words in (
        "{type: decimal, places: 400, range: [0, 1]}",
        "{type: decimal, places: -1, range: [0, 1]}",
        "{type: decimal, places: 9, range: [0, 1e15]}",
        "{type: integer, range: [0, 9007199254740993]}",
        "{type: category, choices: {a: 1e308, b: 1e308}}",
        "{type: category, choices: {a: -1}}",
        "{type: category, choices: {a: .nan}}",
        "{type: category, choices: {a: 0}}",
        "{type: category, choices: {}}",
        "{type: boolean, chance: 1.0000001}",
        "{type: boolean, chance: .nan}",
        "{type: reference, to: s, skew: 1e9}",
        "{type: reference, to: s, skew: -.inf}",
        "{type: integer, range: [1, 9], missing: 1}",
        "{type: integer, range: [1, 9], missing: -0.1}",
        "{type: date, range: [0001-01-01, 9999-12-31]}",
        "{type: date, range: [2025-02-30, 2025-03-01]}",
        "{type: datetime, range: [2025-01-01T25:00:00, 2025-01-02]}",
        "{type: integer, range: [1, 9], typical: 2, effects: [{season: {peak: 12-20, swing: 1e9}}]}",
        "{type: integer, range: [1, 9], typical: 2, effects: [{when: {if: i > 1, factor: 1e300}}]}",
        "{type: integer, range: [1, 9], typical: 2, effects: [{per: {entity: s, spread: 1e300}}]}",
    ):
        yield column(words)
    yield BASE.replace("2025-12-31", "20250-12-31")
    yield BASE.replace("start: 2025-01-01", "start: 1066-10-14")
    yield BASE.replace("2025-12-31", "2024-12-31")


_SQL = (
    "1; DROP TABLE t",
    "1); DELETE FROM t; --",
    "1 -- and the rest",
    "1 /* hidden */",
    "(SELECT 1)",
    "(SELECT count(*) FROM t)",
    "n IN (SELECT n FROM t)",
    "EXISTS (SELECT 1)",
    "n FROM t",
    "SELECT 1",
    "1 UNION SELECT 2",
    "read_csv('/etc/passwd')",
    "read_parquet('/etc/*')",
    "read_text('/etc/shadow')",
    "scan_csv('x')",
    "COPY t TO '/tmp/x'",
    "ATTACH '/tmp/x.db'",
    "INSTALL httpfs",
    "LOAD '/tmp/evil.so'",
    "PRAGMA database_list",
    "SET threads = 1",
    "getenv('HOME')",
    "current_setting('home_directory')",
    "query('SELECT 1')",
    "query_table('t')",
    "glob('/*')",
    "generate_series(1, 1000000000000)",
    "range(1000000000000)",
    "repeat('x', 1000000000)",
    "lpad('x', 1000000000, 'y')",
    "array_agg(n)",
    "sum(n) OVER ()",
    "row_number() OVER (ORDER BY n)",
    "random()",
    "now()",
    "current_user",
    "uuid()",
    "unnest([1, 2])",
    "$1",
    "?",
    ":name",
    "@@version",
    "n::varchar",
    "x'41'",
    "E'\\\\x41'",
    "$$text$$",
    "'" + "a" * 40,
    '"' + "a" * 40,
    "\\0",
    "n[1]",
    "{'a': 1}",
    "[1, 2, 3]",
    "x -> x + 1",
    "list_transform([1], x -> x)",
    "columns('.*')",
    "t.*",
    "*",
    "struct_extract(s, 'i')",
    "s.s.s.s.s.s.s.s.s.s.n",
    "__import__('os')",
    "n.__class__",
    "1 " + "+ 1 " * 5_000,
    "(" * 3_000 + "1" + ")" * 3_000,
    "not " * 5_000 + "true",
    "case when n = 1 then " * 500 + "1" + " end" * 500,
    "- " * 5_000 + "1",
    "99999999999999999999999999",
    "replace(replace(x, 'a', 'aaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaa')",
    "concat(" + ", ".join(["x"] * 5_000) + ")",
)


def _injections() -> Iterator[str]:
    for text in _SQL:
        yield column(f"{{type: integer, formula: {_quoted(text)}}}")
    for text in _SQL[:12]:
        yield column(
            f"{{type: integer, range: [1, 9], typical: 2, effects: [{{when: {{if: {_quoted(text)}, factor: 2}}}}]}}"
        )


def _names() -> Iterator[str]:
    for name in (
        "../../etc/cron.d/x",
        "..",
        ".",
        "/etc/passwd",
        "a/b",
        "a\\\\b",
        "C:\\\\x",
        "a b",
        "a;b",
        "a.b",
        "a-b",
        "1a",
        "a" * 300,
        "",
        "ａ",
        "tables\\n",
        "{}",
        "%s",
        "$(true)",
        "~",
    ):
        yield BASE.replace("  t:\n", f'  "{name}":\n')
        yield BASE + f'      "{name}": {{type: id}}\n'
    yield BASE.replace("name: b", "name: ../../b")
    yield BASE.replace("name: b", 'name: "b\\0"')
    yield BASE + "  T: {rows: 1, columns: {i: {type: id}}}\n"
    yield BASE.replace("timezone", "x").replace("period: {", "period: {timezone: ../../etc/passwd, ")


def _patterns() -> Iterator[str]:
    for pattern in ("(a{1000}){1000}", "((a{99}){99}){99}", "(", "[a", "a**", "(?P<x>", "(?<=a)b", "(a)\\1"):
        yield column(f"{{type: boolean, formula: {_quoted(f'x ~ {_sql(pattern)}')}}}")
    for parts in ("{:0999999999d}", "{:1000d}", "{0}{1}", "{!r}", "{:>{width}}", "{self.__class__}", "{", "}"):
        yield BASE.replace("i: {type: id}\n      s", f"i: {{type: id, format: {_quoted(parts)}}}\n      s")


def _fakers() -> Iterator[str]:
    for name in ("__class__", "seed_instance", "add_provider", "json", "binary", "exec", "../name", "a" * 5_000):
        yield BASE.replace("faker: name", f"faker: {_quoted(name)}")
    for locale in ("../../etc", "xx_YY", "en_US/../..", "", "e" * 5_000):
        yield BASE.replace("faker: name", f"faker: name, locale: {_quoted(locale)}")


def _sql(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
