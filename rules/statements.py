"""Measures as trees: client text is read by DuckDB's parser, walked against lists of what is allowed, and written anew.

Nothing that is not named here gets through: one SELECT of one expression; functions from the list; no statements, table
functions, files, settings, stars, windows, set operations, recursion, parameters or joins without an equality. What
runs is the SQL that DuckDB writes from the walked tree, never the text itself, so no second reading can differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seedbed.core.words import nearest_hint
from seedbed.rules.functions import FUNCTIONS
from seedbed.rules.locked import parser
from seedbed.rules.spelling import Spelled
from seedbed.rules.syntax import TYPES
from seedbed.rules.tokens import ExpressionError

MOST_TABLES = 8
ROWS = "the rows"
"""The relation a measure with `of` runs over; with its blank it can be no table of a book."""
AGGREGATES = frozenset(
    """avg sum count count_star count_if countif min max median mode quantile_cont quantile_disc approx_quantile
    approx_count_distinct mad stddev stddev_samp stddev_pop variance var_samp var_pop sem corr covar_samp covar_pop
    regr_slope regr_intercept regr_r2 regr_count skewness kurtosis kurtosis_pop entropy arg_min arg_max min_by max_by
    bool_and bool_or geomean""".split()  # noqa: SIM905
)
_SCALARS = frozenset(
    """date_diff datediff date_trunc date_part datepart to_days to_hours to_minutes to_seconds to_months to_years
    to_weeks epoch contains isodow trunc monthname dayname even gcd lcm last_day""".split()  # noqa: SIM905
)
# Those of formulas, less what makes long text out of short, or reads text as a program.
_LONG = {"replace", "concat", "strftime", "lpad", "rpad", "repeat"}
FUNCTION_NAMES = AGGREGATES | _SCALARS | (frozenset(FUNCTIONS) - _LONG)
_OPERATORS = frozenset("+ - * / // % ~~ !~~ ~~* !~~*".split())  # noqa: SIM905
_CASTS = frozenset(TYPES) | {"double", "time", "hugeint"}
_EXPRESSIONS = {
    "FUNCTION": {"FUNCTION"},
    "COLUMN_REF": {"COLUMN_REF"},
    "CONSTANT": {"VALUE_CONSTANT"},
    "COMPARISON": {
        *("COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_LESSTHAN", "COMPARE_GREATERTHAN"),
        *("COMPARE_LESSTHANOREQUALTO", "COMPARE_GREATERTHANOREQUALTO"),
        *("COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM"),
    },
    "CONJUNCTION": {"CONJUNCTION_AND", "CONJUNCTION_OR"},
    "OPERATOR": {
        *("OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE"),
        *("COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_NULLIF"),
    },
    "CAST": {"OPERATOR_CAST"},
    "TYPE": {"TYPE"},
    "CASE": {"CASE_EXPR"},
    "BETWEEN": {"COMPARE_BETWEEN"},
    "SUBQUERY": {"SUBQUERY"},
}
_WORDS = {
    "STAR": "'*' stands only in count(*); name the columns",
    "WINDOW": "windows (over ...) are not part of a measure",
    "PARAMETER": "parameters have no place in a measure",
    "LAMBDA": "functions of one's own have no place in a measure",
    "TABLE_FUNCTION": "table functions have no place in a measure",
    "SET_OPERATION_NODE": "union, except and intersect have no place in a measure",
    "RECURSIVE_CTE_NODE": "recursion has no place in a measure",
    "EXPRESSION_LIST": "a list of values is no table of the book",
    "PIVOT": "pivot has no place in a measure",
}
_TABLES = {"EMPTY", "BASE_TABLE", "JOIN", "SUBQUERY"}
_MODIFIERS = {"ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER", "ORDER_DEFAULT", "ASCENDING", "DESCENDING"}
_JOINS = {"INNER", "LEFT", "SEMI", "ANTI"}
_NOWHERE = 2**63


@dataclass(frozen=True)
class Piece:
    """One checked SQL expression.

    Attributes:
        node: its tree.
        columns: dotted path of each column, with the character of the text where it first stands.
        tables: each table named after FROM or JOIN, likewise.
        names: what the text itself names with AS.
        aggregates: whether it calls an aggregate outside of sub-queries.
    """

    node: dict[str, Any]
    columns: Mapping[str, int]
    tables: Mapping[str, int]
    names: frozenset[str]
    aggregates: bool


def parse_piece(text: str) -> Piece:
    """Checks one expression.

    Args:
        text: SQL, such as `avg(total)` or `(select count(*) from sale) * 1.0 / (select count(*) from store)`.

    Raises:
        ExpressionError: it is not one allowed expression; says where.
    """
    spelled = Spelled(text)
    answer = json.loads(parser().execute("SELECT json_serialize_sql(?)", [spelled.sql]).fetchone()[0])
    if answer["error"]:
        raise _unreadable(spelled, answer)
    statements = answer["statements"]
    if len(statements) != 1:
        raise ExpressionError("a measure is one expression", len(text))
    node = statements[0]["node"]
    walk = _Walk(spelled)
    walk.select(node, top=True)
    return Piece(node["select_list"][0], walk.columns, walk.tables, frozenset(walk.names), walk.aggregates)


def compose(measure: Piece, where: Piece | None, *, over_rows: bool) -> str:
    """The statement to run, as DuckDB writes the trees.

    Args:
        measure: what is asked for.
        where: which rows count, None for all.
        over_rows: whether it runs over the relation `ROWS`, whose columns are named by paths.
    """
    skeleton = f'SELECT 1 FROM "{ROWS}" WHERE true' if over_rows else "SELECT 1"
    statement = json.loads(parser().execute("SELECT json_serialize_sql(?)", [skeleton]).fetchone()[0])
    node = statement["statements"][0]["node"]
    node["select_list"] = [_renamed(measure.node) if over_rows else measure.node]
    if over_rows:
        node["where_clause"] = None if where is None else _renamed(where.node)
    written: str = parser().execute("SELECT json_deserialize_sql(?)", [json.dumps(statement)]).fetchone()[0]
    return written


def _renamed(node: Any) -> Any:
    """The tree with each path as one column name."""
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            return {**node, "column_names": [".".join(node["column_names"])]}
        return {key: _renamed(value) for key, value in node.items()}
    return [_renamed(value) for value in node] if isinstance(node, list) else node


def _unreadable(spelled: Spelled, answer: Mapping[str, Any]) -> ExpressionError:
    words = str(answer.get("error_message", "")).splitlines()[0][:160]
    if answer.get("error_type") != "parser":
        return ExpressionError("a measure only reads: one SQL expression, no statement")
    return ExpressionError(
        f"not a readable SQL expression: {words}", spelled.character(int(answer.get("position") or 0))
    )


class _Walk:
    """Goes through a tree and refuses whatever is not on the lists."""

    def __init__(self, spelled: Spelled) -> None:
        self._spelled = spelled
        self.columns: dict[str, int] = {}
        self.tables: dict[str, int] = {}
        self.names: set[str] = set()
        self.aggregates = False
        self._tables = 0
        self._depth = 0

    def _refuse(self, words: str, node: Mapping[str, Any], found: str = "", allowed: str = "") -> ExpressionError:
        return ExpressionError(words, self._at(node), found, allowed)

    def _at(self, node: Mapping[str, Any]) -> int:
        at = node.get("query_location", _NOWHERE)
        return self._spelled.character(at) if at < _NOWHERE else 0

    def select(self, node: dict[str, Any], *, top: bool = False) -> None:
        """A SELECT; the outermost is one expression over nothing."""
        if node.get("type") != "SELECT_NODE":
            raise self._refuse(_WORDS.get(str(node.get("type")), "only SELECT has a place in a measure"), node)
        if node["cte_map"]["map"]:
            raise self._refuse("WITH has no place in a measure", node, allowed="a sub-query after FROM")
        if node.get("sample") or node.get("qualify") or node.get("aggregate_handling") != "STANDARD_HANDLING":
            raise self._refuse("samples, QUALIFY and GROUP BY ALL have no place in a measure", node)
        if len(node["select_list"]) != 1 and top:
            raise self._refuse("a measure is one expression; this is a list", node["select_list"][1])
        if top and (node["from_table"].get("type") != "EMPTY" or node["modifiers"] or node["where_clause"]):
            words = "a measure is one expression: its table is named by 'of', or in a sub-query in brackets"
            raise self._refuse(words, node["from_table"])
        if top and (node["group_expressions"] or node["group_sets"] or node["having"]):
            raise self._refuse("GROUP BY and HAVING stand only inside a sub-query", node)
        for part in node["select_list"]:
            self.names.add(part.get("alias") or "")
        self.names.discard("")
        self._depth += not top
        for key in ("select_list", "group_expressions", "where_clause", "having", "modifiers"):
            self._parts(node.get(key))
        self._table(node["from_table"])
        self._depth -= not top

    def _table(self, node: dict[str, Any]) -> None:
        kind = str(node.get("type"))
        if kind not in _TABLES:
            raise self._refuse(_WORDS.get(kind, "this is no table of the book"), node)
        if node.get("sample") or node.get("at_clause"):
            raise self._refuse("samples and versions of tables have no place in a measure", node)
        if node.get("alias"):
            self.names.add(node["alias"])
        self.names.update(node.get("column_name_alias") or ())
        if kind == "BASE_TABLE":
            self._tables += 1
            name = node["table_name"]
            if node.get("schema_name") or node.get("catalog_name"):
                raise self._refuse("a table is named by its name in the book alone", node, name)
            if self._tables > MOST_TABLES:
                raise self._refuse("too many tables in one measure", node, allowed=f"at most {MOST_TABLES}")
            self.tables.setdefault(name, self._at(node))
        elif kind == "SUBQUERY":
            self.select(node["subquery"]["node"])
        elif kind == "JOIN":
            self._join(node)

    def _join(self, node: dict[str, Any]) -> None:
        if node.get("ref_type") not in {"REGULAR", "DELIM"} or node.get("join_type") not in _JOINS:
            words = "tables are joined by JOIN ... ON, with an equality"
            raise self._refuse(words, node, allowed="such as: from sale join store on sale.store = store.store_id")
        if not node.get("using_columns") and not any(_is_equality(part) for part in _ands(node.get("condition"))):
            words = "a join needs an equality between the two tables"
            raise self._refuse(words, node, allowed="such as: on sale.store = store.store_id")
        self._table(node["left"])
        self._table(node["right"])
        self._parts(node.get("condition"))

    def _parts(self, node: Any) -> None:
        """Whatever hangs below a checked node."""
        if isinstance(node, list):
            for part in node:
                self._parts(part)
        elif isinstance(node, dict):
            if "class" in node:
                self._expression(node)
            elif "type" in node and node["type"] not in _MODIFIERS:
                raise self._refuse("this has no place in a measure", node)
            else:
                self._parts([value for value in node.values() if isinstance(value, dict | list)])

    def _expression(self, node: dict[str, Any]) -> None:
        kind = node["class"]
        if node.get("type") not in _EXPRESSIONS.get(kind, ()):
            raise self._refuse(_WORDS.get(kind, "this has no place in a measure"), node)
        if kind == "COLUMN_REF":
            self.columns.setdefault(".".join(node["column_names"]), self._at(node))
            return
        if kind == "SUBQUERY":
            self._parts(node.get("child"))
            self.select(node["subquery"]["node"])
            return
        if kind == "FUNCTION":
            self._function(node)
        if kind == "TYPE" and (node["type_name"].lower() not in _CASTS or _path(node) != 1):
            raise self._refuse("a value cannot be made this type", node, node["type_name"], ", ".join(sorted(_CASTS)))
        self._parts([value for value in node.values() if isinstance(value, dict | list)])

    def _function(self, node: dict[str, Any]) -> None:
        name = node["function_name"].lower()
        if node.get("is_operator"):
            if name not in _OPERATORS:
                raise self._refuse("this operator has no place in a measure", node, name)
        elif name not in FUNCTION_NAMES or node.get("schema") or node.get("catalog") or _path(node) != 1:
            words = f"unknown or refused function{nearest_hint(name, FUNCTION_NAMES)}"
            raise self._refuse(words, node, name, "avg, sum, count, min, max, median, quantile_cont, round, if ...")
        if any(argument.get("name") for argument in node.get("arguments", ())):
            raise self._refuse("arguments have no names here", node, name)
        self.aggregates |= not self._depth and name in AGGREGATES


def _path(node: Mapping[str, Any]) -> int:
    """How many names a function or type is called by."""
    return len(node.get("qualified_name", {}).get("path", [""]))


def _ands(node: Any) -> Iterator[Any]:
    """The conditions that all must hold."""
    if isinstance(node, dict) and node.get("type") == "CONJUNCTION_AND":
        for child in node["children"]:
            yield from _ands(child)
    elif node:
        yield node


def _is_equality(node: Mapping[str, Any]) -> bool:
    """Whether two columns of differently named tables are compared for equality."""
    if node.get("type") != "COMPARE_EQUAL":
        return False
    sides = [node["left"], node["right"]]
    if not all(side["class"] == "COLUMN_REF" for side in sides):
        return False
    left, right = (side["column_names"][:-1] for side in sides)
    return not left or not right or left != right
