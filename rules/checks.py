"""Checks of a whole rule book: names that lead somewhere, formulas that can run, values that fit their types.

What one column can tell alone is checked by its model, so those problems come with the types; here is what needs
the other columns and tables. A file with both kinds of problems reports them together.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from seedbed.core.documents import Document, Problems, load, read_text
from seedbed.core.errors import DocumentError, Reason
from seedbed.rules.book import Book, Table
from seedbed.rules.calendar_checks import check_calendar
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.columns import Column, Unread
from seedbed.rules.dependency_checks import check_depends
from seedbed.rules.effects import CalendarEffect, PerEffect
from seedbed.rules.fault_checks import check_faults
from seedbed.rules.formulas import check_formulas
from seedbed.rules.layout_checks import check_layouts
from seedbed.rules.parts import leads, row_sources
from seedbed.rules.row_checks import check_row
from seedbed.rules.scenario_checks import check_scenarios
from seedbed.rules.scope import UNREAD, circles, kind_of, sources_of, unread
from seedbed.rules.series_checks import check_series
from seedbed.rules.sources import DateRange, DatetimeRange, Faked, NumberRange
from seedbed.rules.unique_checks import check_unique
from seedbed.rules.value_checks import check_value

Loc = tuple[str | int, ...]


def load_book(path: Path | str) -> Document[Book]:
    """Reads and checks a rule book.

    Args:
        path: the YAML file.

    Returns:
        The checked document.

    Raises:
        DocumentError: with every problem found.
    """
    try:
        document = load(path, Book)
    except DocumentError as error:
        from seedbed.rules.salvage import further_problems

        raise DocumentError(further_problems(error, read_text(Path(path)), Path(path))) from None
    check_book(document)
    return document


def check_book(document: Document[Book]) -> None:
    """Checks what the types cannot say.

    Args:
        document: a loaded book.

    Raises:
        DocumentError: with every problem found.
    """
    find_problems(document).raise_if_any()


def find_problems(document: Document[Book]) -> Problems:
    """Every problem of a book whose types are right."""
    book, problems = document.value, document.problems()
    _check_references(book, problems)
    check_layouts(book, problems)
    check_series(book, problems)
    for table_name, table in book.tables.items():
        here: Loc = ("tables", table_name, "columns")
        _check_ids(table, here, problems)
        check_row(book, table_name, problems)
        check_depends(book, table_name, problems)
        for name, column in table.columns.items():
            check_unique(book, table_name, name, column, (*here, name), problems)
            for place, source in sources_of(column):
                _check_source(book, table_name, column, source, (*here, name, *place), problems)
        for scope, place, count in row_sources(table):
            if scope in book.tables:
                plain = Unread.model_construct(type="integer")
                _check_source(book, scope, plain, count, ("tables", table_name, *place), problems)
    check_formulas(document, problems)
    if book.expect:
        from seedbed.rules.measure_checks import check_expectations

        check_expectations(document, problems)
    check_scenarios(document, problems)
    check_faults(document, problems)
    return problems


def notes(document: Document[Book]) -> list[str]:
    """Remarks on a checked book that are no problems.

    Args:
        document: a checked book.

    Returns:
        One sentence each, naming the column.
    """
    found = []
    for table_name, table in document.value.tables.items():
        for name, column in table.columns.items():
            parts = column.parts if isinstance(column, IdColumn) else None
            if table.rows is None:
                continue
            if parts is not None and parts.width and len(str(table.rows)) > parts.width:
                last = parts.render(table.rows)
                found.append(
                    f"{table_name}.{name}: {column.format!r} has {parts.width} digits and {table.rows} rows need "  # type: ignore[union-attr]
                    f"{len(str(table.rows))}; ids grow longer, up to {last!r}"
                )
    return found


def _check_ids(table: Table, here: Loc, problems: Problems) -> None:
    ids = [name for name, column in table.columns.items() if isinstance(column, IdColumn)]
    for name in ids[1:]:
        problems.add((*here, name), f"a table has at most one id column; {ids[0]!r} is one already")


def _check_references(book: Book, problems: Problems) -> None:
    """Each reference leads to a table with an id; no table leads back to itself."""
    for table_name, table in book.tables.items():
        for name, reference in table.references.items():
            here: Loc = ("tables", table_name, "columns", name)
            target = book.tables.get(reference.to)
            if target is None:
                problems.add(
                    (*here, "to"),
                    "unknown table",
                    found=reference.to,
                    near=tuple(book.tables),
                    reason=Reason.UNKNOWN_NAME,
                    at_value=True,
                )
                continue
            if target.id_column is None and not unread(target) and not (target.key and reference.hidden):
                words = f"table {reference.to!r} has no column of type id to refer to"
                allowed = f"add one, such as {reference.to}_id: {{type: id}}"
                if target.key:
                    allowed += f"; or hide this reference (hidden: true) and show the key: {name}.{target.key[0]} ..."
                problems.add((*here, "to"), words, at_value=True, allowed=allowed)
            if reference.to == table_name and reference.weight is not None:
                words = "a reference to its own table leads to an earlier row: it may have 'skew', but no 'weight'"
                problems.add((*here, "weight"), words)
            elif reference.weight is not None:
                _check_weight(book, reference, target, here, problems)
    graph = leads(book)
    for circle in circles(graph):
        steps = list(zip(circle, [*circle[1:], circle[0]], strict=True))
        places = [graph[table][to] for table, to in steps]
        # A reference is `store.region`; a table that another's rows are made from, `sale.each`.
        names = [
            f"{table}.{loc[1] if loc[0] == 'columns' else loc[0]}"
            for (table, _), loc in zip(steps, places, strict=True)
        ]
        words = f"tables refer to each other in a circle: {' -> '.join([*names, circle[0]])}"
        problems.add(("tables", circle[0], *places[0]), words, at_value=True)


def _check_weight(book: Book, reference: ReferenceColumn, target: Table, here: Loc, problems: Problems) -> None:
    numeric = [
        name
        for name, column in target.columns.items()
        if not isinstance(column, IdColumn | ReferenceColumn) and kind_of(book, column) in ("integer", "number")
    ]
    weight = reference.weight or ""
    here = (*here, "weight")
    if UNREAD in target.columns or isinstance(target.columns.get(weight), Unread):
        return
    if weight not in target.columns:
        words = f"unknown column of table {reference.to!r}"
        problems.add(
            here, words, found=weight, near=numeric or tuple(target.columns), reason=Reason.UNKNOWN_NAME, at_value=True
        )
        return
    if weight not in numeric:
        words = f"a weight is a column of numbers; {weight!r} is of type {target.columns[weight].type}"
        problems.add(here, words, allowed=", ".join(numeric) or "no column of this table", at_value=True)
        return
    for _, source in sources_of(target.columns[weight]):
        if isinstance(source, NumberRange) and source.range[0] < 0:
            words = f"a weight cannot be negative; {weight!r} goes down to {source.range[0]}"
            problems.add(here, words, at_value=True)


def _check_source(book: Book, table: str, column: Column, source: object, here: Loc, problems: Problems) -> None:
    """One source of one column: its range, its Faker provider, the columns its effects name."""
    if isinstance(source, DateRange | DatetimeRange):
        _check_dates(book, source, here, problems)
    if isinstance(source, NumberRange) and column.type == "decimal":
        _check_places(column.places, source, here, problems)  # type: ignore[union-attr]
    if isinstance(source, Faked):
        _check_faker(source, here, problems)
    check_value(book, table, column, source, here, problems)
    for index, effect in enumerate(getattr(source, "effects", ())):
        at = (*here, "effects", index)
        if isinstance(effect, PerEffect):
            _check_entity(book.tables[table], effect.per.entity, (*at, "per", "entity"), problems)
        elif isinstance(effect, CalendarEffect):
            check_calendar(book, table, column, effect, at, problems)


def _check_dates(book: Book, source: DateRange | DatetimeRange, here: Loc, problems: Problems) -> None:
    if source.range == "period" and book.period is None:
        problems.add(
            (*here, "range"),
            "range: period, but the book has no period",
            allowed="add 'period: {start: 2025-01-01, end: 2025-12-31}' at the top, or give a range of dates",
            at_value=True,
        )
    elif source.range == "period" and source.typical is not None:
        assert book.period is not None
        low, high = source.bounds(book.period)
        mode = source.mode if isinstance(source, DatetimeRange) else source.typical
        if mode is not None and not low <= mode <= high:
            allowed = f"{book.period.start} to {book.period.end}"
            problems.add(
                (*here, "typical"),
                "typical lies outside the period",
                found=source.typical,
                allowed=allowed,
                at_value=True,
            )


def _check_places(places: int, source: NumberRange[float], here: Loc, problems: Problems) -> None:
    for index, bound in enumerate(source.range):
        exponent = Decimal(repr(bound)).normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            words = f"more decimal places than the column has ({places})"
            problems.add((*here, "range", index), words, found=bound, at_value=True)
        elif abs(bound) * 10**places > 2**53:
            words = f"too large for {places} decimal places to stay exact"
            problems.add((*here, "range", index), words, found=bound, allowed="at most 15 digits in all", at_value=True)


def _check_faker(source: Faked, here: Loc, problems: Problems) -> None:
    from seedbed.rules.fakers import gives_text, is_provider, locales, providers

    known = locales()
    if source.locale not in known:
        at = (*here, "locale")
        problems.add(
            at,
            "unknown locale",
            found=source.locale,
            near=known,
            allowed="one of Faker's, such as fr_CA",
            reason=Reason.UNKNOWN_NAME,
            at_value=True,
        )
        return
    if not is_provider(source.locale, source.faker):
        names = providers(source.locale)
        common = ("name", "first_name", "last_name", "company", "address", "city", "email", "phone_number", "job")
        problems.add(
            (*here, "faker"),
            "unknown or unsuitable Faker provider (it must give text and not depend on today's date)",
            found=source.faker,
            near=sorted(names),
            allowed=", ".join(name for name in common if name in names) + " ...",
            reason=Reason.UNKNOWN_NAME,
            at_value=True,
        )
    elif not gives_text(source.locale, source.faker):
        problems.add((*here, "faker"), "this Faker provider does not give text", found=source.faker, at_value=True)


def _check_entity(table: Table, entity: str, here: Loc, problems: Problems) -> None:
    references = tuple(table.references)
    column = table.columns.get(entity)
    if entity in references or UNREAD in table.columns:
        return
    if isinstance(column, Unread) and column.type in ("", "reference"):
        return
    if entity in table.columns:
        words = f"an entity is a reference column of this table; {entity!r} is of type {table.columns[entity].type}"
        problems.add(here, words, allowed=", ".join(references) or "this table has none", at_value=True)
    else:
        allowed = None if references else "this table has no reference column"
        problems.add(
            here,
            "unknown reference column",
            found=entity,
            near=references,
            allowed=allowed,
            reason=Reason.UNKNOWN_NAME,
            at_value=True,
        )
