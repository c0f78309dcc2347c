"""From a book's faults to what plants them: reads the rule book's models, in the parent process alone."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seedbed.core import keys
from seedbed.core.zones import Zone, day_number
from seedbed.generators.blocks import TableMaker
from seedbed.generators.compiler import Spot, condition_of
from seedbed.generators.faults.cells import CellFault, Change, Lose, OldClock, Repeat, Scaling, Shift, Swap
from seedbed.generators.faults.episodes import Wanted, choose, choose_days
from seedbed.generators.faults.rows import Duplicates, Insertion, Lateness, Removal
from seedbed.generators.faults.selections import Regular, Scatter, Selection, Sieve
from seedbed.generators.faults.texts import Cut, Misreading, Mistyping, Respelling, Rewording
from seedbed.generators.faults.writing import Fault, Planter, Renaming
from seedbed.generators.plans import Plan
from seedbed.generators.targets import Target
from seedbed.generators.values import Words
from seedbed.rules import faults as models
from seedbed.rules.planting import InEpisodes, OnDate, Planted
from seedbed.rules.scope import date_columns, written_columns


def compile_faults(plan: Plan, tables: Mapping[str, TableMaker]) -> dict[str, Planter]:
    """What plants the faults of each table that is written; episodes are chosen here.

    Args:
        plan: of the book.
        tables: compiled.

    Returns:
        By table; those without faults are left out.
    """
    planters: dict[str, Planter] = {}
    alike: Counter[tuple[str, ...]] = Counter()
    for number, fault in enumerate(plan.book.faults, start=1):
        names = _columns(plan, fault)
        same = (fault.kind, fault.of, *names)
        alike[same] += 1
        if fault.of not in plan.written:
            continue
        # Keyed by what the fault is, not by its place in the list: another fault written before it changes nothing.
        key = keys.key(plan.book.seed, "fault", *same, alike[same])
        planter = planters.setdefault(fault.of, Planter(fault.of))
        planter.kinds[number] = fault.kind
        if isinstance(fault, models.RenamedColumn):
            start = math.ceil(fault.after * tables[fault.of].rows)
            planter.renamings.append(Renaming(number, fault.column, fault.to, start))
        else:
            planter.faults.append(_Compiler(plan, tables[fault.of], number, fault, key, names).fault())
    return planters


def _columns(plan: Plan, fault: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = fault.names
    dated = isinstance(fault, OnDate)
    if not names and dated:
        return (written_columns(plan.book.tables[fault.of], fault.types)[0],)
    return names


@dataclass(frozen=True)
class _Compiler:
    """One fault.

    Attributes:
        plan: of the book.
        table: it befalls.
        number: in the book, from 1.
        model: as written.
        key: of its draws.
        columns: it changes.
    """

    plan: Plan
    table: TableMaker
    number: int
    model: Any
    key: int
    columns: tuple[str, ...]

    def fault(self) -> Fault:
        model = self.model
        match model:
            case models.DuplicateRows():
                return Duplicates(self.number, self._scatter(model.share), model.times)
            case models.LateArrival():
                delays = keys.key(self.key, "delay")
                return Lateness(self.number, self._scatter(model.share), delays, *model.delay)
            case models.Heartbeat():
                return Insertion(self.number, Regular(model.every, self._sieve()), self._values, None)
            case models.TestRecords():
                return Insertion(self.number, self._scatter(model.share), self._values, Words.of(model.texts))
            case models.MissingDays():
                return Removal(self.number, self._days())
            case models.MissingBurst() if not self.columns:
                return Removal(self.number, self._episodes())
        return CellFault(self.number, self._selection(), self._change())

    @property
    def _values(self) -> int:
        return keys.key(self.key, "values")

    def _selection(self) -> Selection:
        share = getattr(self.model, "share", None)
        return self._episodes() if share is None else self._scatter(share)

    def _change(self) -> Change:
        model, columns, zone = self.model, self.columns, self._zone
        match model:
            case models.StuckValues() | models.FrozenClock():
                return Repeat(columns)
            case models.MissingBurst():
                return Lose(columns)
            case models.SwappedColumns():
                return Swap(model.columns)
            case models.TimezoneShift():
                other = None if model.hours is not None else Zone(model.to or "UTC")
                return Shift(columns[0], model.hours or 0.0, zone, other)
            case models.DstError():
                return OldClock(columns[0], model.hours, zone)
            case models.UnitChange():
                return Scaling({name: self._scale(name) for name in columns}, self._values)
            case models.Outlier():
                return Scaling(dict.fromkeys(columns, (*model.factor, 0.0)), self._values)
            case models.Typo():
                return Mistyping(columns, self._values)
            case models.Mojibake():
                encoding = "cp1252" if model.as_ == "windows-1252" else model.as_
                return Rewording(columns, Misreading(encoding))
            case models.TruncatedText():
                return Rewording(columns, Cut(model.length))
            case models.CategoryDrift():
                return Rewording(columns, Respelling(model.rename))
        raise TypeError(f"no change for {type(model).__name__}")

    def _scale(self, name: str) -> tuple[float, float, float]:
        column: Any = self.plan.book.tables[self.model.of].columns[name]
        factor, offset = self.model.scale(column.unit)
        return factor, factor, offset

    @property
    def _zone(self) -> Zone:
        period = self.plan.book.period
        return Zone(period.timezone if period else "UTC")

    def _scatter(self, share: float) -> Scatter:
        return Scatter(keys.key(self.key, "rows"), share, self._sieve())

    def _date(self) -> str | None:
        """The date that days and the order in time look at."""
        own = date_columns(self.plan.book.tables[self.model.of])
        return self.model.by or (own[0] if own else None)

    def _sieve(self) -> Sieve:
        model: Planted = self.model
        condition = None
        if model.where is not None:
            target = Target(model.of, f"faults {self.number}", "boolean", 0, self._zone)
            spot = Spot(self.plan, {model.of: self.table}, target)
            condition = condition_of(spot, model.where)
        if model.between is None:
            return Sieve(condition)
        date, first, after = self._date(), model.between[0], model.between[1] + dt.timedelta(days=1)
        assert date is not None
        if self.table.form(date).type == "date":
            return Sieve(condition, date, day_number(first), day_number(after))
        low, high = (self._zone.moment(dt.datetime.combine(day, dt.time())) for day in (first, after))
        return Sieve(condition, date, low, high)

    def _episodes(self) -> Selection:
        model: InEpisodes = self.model
        repeats = isinstance(model, models.StuckValues | models.FrozenClock)
        date = self._date() if model.per is not None else None
        key = keys.key(self.key, "episodes")
        return choose(self.table, Wanted(key, model.episodes, *model.length, repeats, model.per, date), self._sieve())

    def _days(self) -> Selection:
        date = self._date()
        assert date is not None
        zone = self._zone if self.table.form(date).type == "datetime" else None
        key = keys.key(self.key, "days")
        return choose_days(self.table, key, self.model.days, date, zone, self.model.per, self._sieve())
