"""The functions a formula may call: row-wise, the same on every run, unable to read anything but their arguments."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """What is known of one function.

    Attributes:
        least: fewest arguments.
        most: most arguments, None for any number.
        emit: SQL it becomes, `{0}`, `{1}` ... or `{all}` standing for the arguments; empty for `NAME({all})`.
    """

    least: int
    most: int | None
    emit: str = ""


# polars gives Int8 or UInt32 for these; `month(d) * 100` would wrap around.
_WHOLE = "CAST({name}({{all}}) AS BIGINT)"


def _whole(name: str, least: int = 1, most: int = 1) -> Function:
    return Function(least, most, _WHOLE.format(name=name))


_ONE = Function(1, 1)
# Integer powers wrap around and refuse negative exponents.
_POWER = Function(2, 2, "POWER(CAST({0} AS DOUBLE), {1})")

FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("abs", "ceil", "floor", "sign", "sqrt", "cbrt", "exp", "ln", "log2", "log10"), _ONE),
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan", "degrees", "radians"), _ONE),
    **dict.fromkeys(("upper", "lower", "trim", "ltrim", "rtrim", "initcap"), _ONE),
    **dict.fromkeys(("power", "pow"), _POWER),
    **dict.fromkeys(("left", "right", "starts_with", "ends_with", "strftime", "atan2", "nullif"), Function(2, 2)),
    **{
        name: _whole(name)
        for name in ("year", "quarter", "month", "week", "day", "dayofweek", "dayofyear", "hour", "minute", "second")
    },
    "ceiling": Function(1, 1, "CEIL({0})"),
    "round": Function(1, 2),
    "log": Function(2, 2),
    "mod": Function(2, 2, "MOD({0}, NULLIF({1}, 0))"),
    "pi": Function(0, 0),
    "length": _whole("length"),
    "strpos": _whole("strpos", 2, 2),
    "substr": Function(2, 3),
    "substring": Function(2, 3, "SUBSTR({all})"),
    "replace": Function(3, 3),
    "concat": Function(2, None),
    "coalesce": Function(2, None),
    "ifnull": Function(2, 2, "COALESCE({all})"),
    "if": Function(3, 3, "CASE WHEN {0} THEN {1} ELSE {2} END"),
    "greatest": Function(2, None),
    "least": Function(2, None),
}

_OTHER_ROWS = "looks at other rows; a formula sees one row and its parents"
_NOT_REPEATABLE = "gives another value on every run"
_SUBQUERY = "takes a sub-query; sub-queries are refused"
_REACHES_OUT = "is no function of this row: an expression cannot read files, tables or settings"

REFUSED: dict[str, str] = {
    **dict.fromkeys(("exists", "any", "all", "some"), _SUBQUERY),
    **dict.fromkeys(
        (
            *("sum", "avg", "mean", "count", "min", "max", "median", "stddev", "variance", "std", "var", "quantile"),
            *(
                "first",
                "last",
                "array_agg",
                "string_agg",
                "list",
                "corr",
                "covar",
                "mode",
                "any_value",
                "quantile_cont",
            ),
            *("row_number", "rank", "dense_rank", "percent_rank", "ntile", "lag", "lead", "first_value", "last_value"),
            *("unnest", "explode", "columns", "nth_value", "stddev_samp", "var_samp", "quantile_disc", "quantile_cont"),
        ),
        _OTHER_ROWS,
    ),
    **dict.fromkeys(
        ("random", "rand", "uuid", "now", "current_date", "current_time", "current_timestamp", "localtime", "today"),
        _NOT_REPEATABLE,
    ),
    **dict.fromkeys(
        (
            *("read_csv", "read_parquet", "read_json", "read_ipc", "read_ndjson", "read_text", "read_blob", "getenv"),
            *("scan_csv", "scan_parquet", "parquet_scan", "read_csv_auto", "read_json_auto", "glob", "load", "system"),
            *("pg_read_file", "load_extension", "httpfs", "iceberg_scan", "delta_scan", "sniff_csv", "query", "eval"),
        ),
        _REACHES_OUT,
    ),
}
"""Functions named by people who come from a database, and why they are not here."""
