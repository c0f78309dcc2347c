"""Judges the rows of one table: which rules of the book does each break?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.rules import scope
from seedbed.rules.book import Book
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.columns import Column
from seedbed.rules.guard.absences import spelled_out
from seedbed.rules.guard.absent import stands_for
from seedbed.rules.guard.batches import Batch, Breach, Judged, no_rows
from seedbed.rules.guard.codes import Code, Severity
from seedbed.rules.guard.compiling import rule_of, spec_of, zone_of
from seedbed.rules.guard.constraints import Check
from seedbed.rules.guard.counts import Counts, combinations
from seedbed.rules.guard.dependencies import Agreement
from seedbed.rules.guard.hidden import derived, detours, is_hidden
from seedbed.rules.guard.identities import combined
from seedbed.rules.guard.known import Index, Known, Parents
from seedbed.rules.guard.parsing import Misfit, Spec, typed
from seedbed.rules.guard.patterns import IdShape
from seedbed.rules.guard.profiles import Profile
from seedbed.rules.guard.rules import Finding, Outcome, Rule
from seedbed.rules.guard.shares import rarely
from seedbed.rules.guard.spellings import Spelling
from seedbed.rules.guard.uniques import Seen, hashes
from seedbed.rules.guard.views import View
from seedbed.rules.guard.walks import Walk, owner_of
from seedbed.rules.parts import identities

if TYPE_CHECKING:
    import polars as pl

Mask = NDArray[np.bool_]

_WORD = "a word that was read as no value; missing_as in the book says where that is meant"
_WHOLE = frozenset({"integer", "decimal", "date", "datetime"})
"""Types whose values are whole numbers underneath."""


@dataclass
class Judgement:
    """How one column is judged, and what was counted.

    Attributes:
        name: of the column.
        column: its model.
        spec: its type.
        rule: of its source.
        share: of rows that may have no value.
        severity: of its rules.
        seen: values so far, where they must differ.
        rows: where a value is expected.
        missing: of those, how many have none.
    """

    name: str
    column: Column
    spec: Spec
    rule: Rule
    share: float
    severity: Severity
    seen: Seen | None = None
    rows: int = 0
    missing: int = 0


class Judge:
    """Judges batches of a table in their order. Results do not depend on how rows are cut into batches.

    Args:
        book: a checked book.
        table: name of the table.
        known: of the same book; tables this one refers to have been judged, those the data lacks have not.

    Attributes:
        surveys: whether all batches go through `survey` before the first is judged: rows that refer to rows of their
            own table, which may come later, or that have to agree with others.
        profile: what the columns hold, for the report.
    """

    def __init__(self, book: Book, table: str, known: Known) -> None:
        self._book, self._name, self._known = book, table, known
        self._table = book.tables[table]
        self._zone = zone_of(book)
        self._columns = [self._judgement(name) for name in scope.order(self._table)]
        self._wanted = known.wanted(table)
        self._referred = any(
            reference.to == table for other in book.tables.values() for reference in other.references.values()
        )
        self._selfish = any(reference.to == table for reference in self._table.references.values())
        self._seekers: list[Agreement | Spelling] = [Agreement(dependency) for dependency in self._table.depends]
        self._seekers += [
            Spelling(name) for name, column in self._table.columns.items() if getattr(column, "typos", False)
        ]
        self.surveys = self._selfish or bool(self._seekers)
        self.profile = Profile()
        self._unknown: dict[str, None] = {}
        self._absent: dict[str, None] = {}
        self._by_name = {item.name: item for item in self._columns}
        keys = {*identities(self._table), frozenset(self._table.key or ())}
        self._keys = [combinations(book, table, names) for names in sorted(keys, key=sorted) if len(names) > 1]
        owner = owner_of(self._table)
        self._walk = Walk(self._table, owner) if self._table.process is not None and owner is not None else None
        self._checks = [Check(constraint) for constraint in self._table.constraints]
        self._detours = detours(book, table)
        # Columns that stand for a hidden reference are there where it is.
        self._shown = {
            name: bool(self._table.references[detour.reference].missing)
            for detour in self._detours
            for name in detour.columns
        }
        self._counts = Counts(book, table)
        self._parents = Parents(Index())
        self._findable = True
        if self._selfish:
            known.tables[table] = self._parents

    def _judgement(self, name: str) -> Judgement:
        column = self._table.columns[name]
        table, shown = stands_for(self._book, self._name, name, {*self._known.tables, self._name})
        rule = rule_of(self._book, table, shown)
        if shown is not column and rule.inputs:
            rule = rule_of(self._book, self._name, column)  # what it looks at is in the table that is not there
        spec = spec_of(self._book, column)
        unique = isinstance(column, IdColumn) or bool(getattr(column, "unique", False))
        return Judgement(
            name,
            column,
            spec,
            rule,
            max(getattr(each, "missing", 0.0) for each in (column, shown)),
            Severity.WARN if "warn" in (column.severity, shown.severity) else Severity.REJECT,
            Seen(hashed=spec.type in {"text", "number"}) if unique else None,
        )

    def survey(self, batch: Batch) -> None:
        """Looks at a batch before judging starts: where each row will be found, and what it has to agree with."""
        view = self._view(batch)
        wanted = {name for seeker in self._seekers for name in seeker.columns}
        for item in self._columns:
            if item.name in batch.frame.columns and (self._selfish or item.name in wanted):
                values, misfits = typed(batch.frame.get_column(item.name), item.spec)
                view.put(item.name, values)
                for misfit in misfits:
                    view.spoil(item.name, misfit.mask)
            elif self._selfish and is_hidden(item.column):
                self._derive(view, item)
        for seeker in self._seekers:
            seeker.survey(view)
        if self._selfish:
            self._remember(view)

    def judge(self, batch: Batch) -> Judged:
        """Types and faults of a batch.

        Args:
            batch: the next rows of the table.

        Returns:
            Typed rows, and the rules that some of them break.
        """
        import polars as pl

        view = self._view(batch)
        there = set(batch.frame.columns)
        self._unknown.update(dict.fromkeys(name for name in batch.frame.columns if name not in self._table.columns))
        breaches: list[Breach] = []
        misfits: dict[str, list[Misfit]] = {}
        for item in self._columns:
            if item.name in there:
                raw = batch.frame.get_column(item.name)
                values, misfits[item.name] = typed(raw, item.spec)
                view.put(item.name, values)
                spelled = spelled_out(raw, values, item.spec.nothing) if item.share else None
                if spelled is not None:
                    breaches.append(_breach(Finding(Code.MISSING_WORD, _WORD, spelled), item, raw, Severity.WARN))
        view.settle()
        for detour in self._detours:
            if detour.to in self._known.tables and there.issuperset(detour.columns):
                item = self._by_name[detour.columns[0]]
                raw = batch.frame.get_column(item.name)
                breaches.extend(
                    _breach(finding, item, raw) for finding in detour.take(view, self._known.tables[detour.to])
                )
        for item in self._columns:
            if item.name in there:
                raw = batch.frame.get_column(item.name)
                for finding in self._found(view, item, misfits[item.name]):
                    breaches.append(_breach(finding, item, raw))
            elif is_hidden(item.column):
                self._derive(view, item)
            else:
                self._absent[item.name] = None
                if not item.share:
                    words = "the source has no such column"
                    rows = np.arange(view.rows)
                    breaches.append(Breach(Code.MISSING_COLUMN, item.name, rows, words, severity=item.severity))
        for key in self._keys:
            if all(map(view.has, key.columns)):
                breaches.extend(key.judge(view))
        if self._walk is not None:
            for name, finding in self._walk.judge(view):
                breaches.append(_breach(finding, self._by_name[name], batch.frame.get_column(name)))
        self._counts.add(view)
        for check in self._checks:
            breaches.extend(check.judge(view))
        for seeker in self._seekers:
            breaches.extend(seeker.judge(view))
        if not self._selfish:
            self._remember(view)
        typed_columns = []
        for name, column in self._table.columns.items():
            if is_hidden(column):
                continue
            if name in there:
                typed_columns.append(view.column(name).alias(name))
            else:
                dtype = spec_of(self._book, column).dtype()
                typed_columns.append(pl.Series(name, [None], dtype=dtype).new_from_index(0, view.rows))
        frame = pl.DataFrame(typed_columns)
        self.profile.add(frame, view)
        return Judged(frame, breaches)

    def finish(self) -> list[Breach]:
        """Faults of the table as a whole: columns more or less, values missing more often than expected."""
        if self._findable:
            self._known.tables[self._name] = self._parents
        found = self._counts.finish(self._known.tables)
        for seeker in self._seekers:
            found.extend(seeker.finish())
        for name in self._unknown:
            words = "the book has no such column; it is left out"
            found.append(Breach(Code.UNKNOWN_COLUMN, name, no_rows(), words, severity=Severity.WARN))
        for item in self._columns:
            if item.name in self._absent and item.share:
                words = "the source has no such column"
                found.append(Breach(Code.MISSING_COLUMN, item.name, no_rows(), words, severity=Severity.WARN))
            elif item.share and rarely(item.missing, item.rows, item.share):
                words = f"is missing in {item.missing / item.rows:.2%} of {item.rows:,} rows; expected {item.share:.2%}"
                found.append(Breach(Code.MISSING_SHARE, item.name, no_rows(), words, severity=Severity.WARN))
        return found

    def _view(self, batch: Batch) -> View:
        parents = {
            name: self._known.tables[reference.to]
            for name, reference in self._table.references.items()
            if reference.to in self._known.tables
        }
        return View(batch.frame.height, self._zone, parents, batch.raw)

    def _remember(self, view: View) -> None:
        """Keeps what children ask for."""
        if not self._referred:
            return
        name = self._table.id_column
        key = (name,) if name is not None else self._table.key or ()
        self._findable &= all(map(view.has, key))
        if not self._findable:
            return
        if name is None:
            keys, valid = combined(view, key)
        else:
            keys, valid = hashes(view.column(name)), view.valid(name)
        own = {step for step, reference in self._table.references.items() if reference.to == self._name}
        self._parents.add(
            keys, valid, view, [path for path in self._wanted if path.partition(".")[0] not in own or "." not in path]
        )

    def _derive(self, view: View, item: Judgement) -> None:
        """A hidden column, from those it is computed from."""
        values = derived(view, item.name, item.column, item.rule, item.spec)
        if values is not None:
            view.put(item.name, values)
            spoiled = view.spoiled(item.rule.inputs)
            if spoiled is not None:
                view.spoil(item.name, spoiled)

    def _found(self, view: View, item: Judgement, misfits: list[Misfit]) -> Iterator[Finding]:
        """Looks at a column's values; rows without a usable value spoil the rules that look at them."""
        values = view.column(item.name)
        unread: Mask | None = None
        for misfit in misfits:
            unread = misfit.mask if unread is None else unread | misfit.mask
            yield Finding(misfit.code, misfit.words, misfit.mask)
        if unread is not None:
            view.spoil(item.name, unread)
        outcome = item.rule.judge(view, item.name) if all(map(view.has, item.rule.inputs)) else Outcome(missing=True)
        if isinstance(item.column, ReferenceColumn) and item.column.to == self._name:
            # Someone has no manager.
            outcome = Outcome(missing=True)
        elif item.name in self._shown:
            outcome = Outcome(outcome.findings, self._shown[item.name])
        yield from outcome.findings
        yield from self._missing(view, item, values, unread, outcome.missing)
        if isinstance(item.column, IdColumn) and item.column.parts is not None:
            yield from IdShape(item.column.parts).judge(values)
        if isinstance(item.column, ReferenceColumn):
            yield from self._orphans(view, item.name, item.column.to)
        if item.seen is not None:
            keys = view.numbers(item.name) if item.spec.type in _WHOLE else hashes(values)
            again = item.seen.repeats(keys.astype(np.int64, copy=False), view.valid(item.name))
            if again is not None:
                yield Finding(Code.NOT_UNIQUE, "was there already in an earlier row", again)

    def _missing(
        self, view: View, item: Judgement, values: pl.Series, unread: Mask | None, allowed: Mask | bool
    ) -> Iterator[Finding]:
        rows, count = view.rows, values.null_count()
        if not count and not item.share:
            return
        if allowed is True:
            return
        if allowed is False and unread is None and item.share:
            item.rows += rows
            item.missing += count
            return
        valid = view.valid(item.name)
        none: Mask | None = None if valid is None else ~valid
        if none is not None and unread is not None:
            none = none & ~unread
        if isinstance(allowed, np.ndarray):
            rows -= int(np.count_nonzero(allowed))
            none = none & ~allowed if none is not None else None
        lost = 0 if none is None else int(np.count_nonzero(none))
        item.rows += rows
        item.missing += lost
        if lost and not item.share:
            assert none is not None
            view.spoil(item.name, none)
            yield Finding(Code.MISSING, "has no value", none)

    def _orphans(self, view: View, name: str, to: str) -> Iterator[Finding]:
        if to not in self._known.tables:
            return
        if view.leads(name):
            return
        lost = view.positions(name) < 0
        valid = view.valid(name)
        if valid is not None:
            lost &= valid
        if lost.any():
            view.spoil(name, lost)
            yield Finding(Code.ORPHAN, f"refers to no row of {to}", lost)


def _breach(finding: Finding, item: Judgement, raw: pl.Series, severity: Severity | None = None) -> Breach:
    import polars as pl

    rows = np.flatnonzero(finding.mask)
    found = raw.gather(rows)
    if isinstance(found.dtype, pl.Datetime) and found.dtype.time_zone is not None:
        found = found.dt.convert_time_zone(item.spec.zone.name)
    values = found.cast(pl.String, strict=False) if not found.dtype.is_nested() else None
    return Breach(finding.code, item.name, rows, finding.words, values, severity or item.severity)
