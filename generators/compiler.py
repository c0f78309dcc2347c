"""From a plan to makers: the one place that reads the rule book's models. Makers know nothing of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seedbed.core import keys
from seedbed.core.errors import DataError, Reason
from seedbed.generators.blocks import ColumnMaker, Maker, TableMaker
from seedbed.generators.calendars import Zone
from seedbed.generators.clocks import HourCurve
from seedbed.generators.copulas import CopulaDraw
from seedbed.generators.date_compiler import day_maker, moment_maker
from seedbed.generators.dependents import DependentMaker
from seedbed.generators.distinct_compiler import distinct_maker
from seedbed.generators.draws import Draw, KeyDraw
from seedbed.generators.effect_tables import EffectTables
from seedbed.generators.effects import (
    CalibratedEffect,
    ClockEffect,
    ConditionEffect,
    DayEffect,
    Effect,
    EntityEffect,
    RowEffect,
)
from seedbed.generators.formats import FormatMaker
from seedbed.generators.forms import MOST_ID_WORDS, Form
from seedbed.generators.formulas import CasesMaker, Condition, ConstantMaker, Evaluator, FormulaMaker
from seedbed.generators.layouts import PartMaker
from seedbed.generators.pattern_compiler import pattern_maker
from seedbed.generators.picks import MOST_ENTRIES, Picker
from seedbed.generators.plans import Plan, looked_at
from seedbed.generators.pools import SIZE, Pool, PoolMaker
from seedbed.generators.row_rules import entries_of, settle_rows
from seedbed.generators.scenario_compiler import Changes, Stage, played, reach_of, replaced, shifted
from seedbed.generators.sources import (
    ChanceMaker,
    ChoiceMaker,
    EarlierMaker,
    MissingMaker,
    Popularity,
    RowMaker,
    UniformReferenceMaker,
    WeightedReferenceMaker,
    Weights,
)
from seedbed.generators.switches import Lookup, SwitchMaker
from seedbed.generators.targets import Target
from seedbed.generators.value_compiler import number_maker
from seedbed.generators.values import IdText, Words
from seedbed.rules.correlations import partners_of
from seedbed.rules.deciders import deciders
from seedbed.rules.effects import CalendarEffect, HourEffect, NoiseEffect, PerEffect, WhenEffect
from seedbed.rules.expressions import Expression
from seedbed.rules.formats import TextFormat
from seedbed.rules.parts import bindings, table_order
from seedbed.rules.patterns import Pattern
from seedbed.rules.scope import date_columns
from seedbed.rules.sources import (
    Chance,
    Choices,
    DateRange,
    DatetimeRange,
    Faked,
    Formatted,
    Formula,
    NumberRange,
    Patterned,
)
from seedbed.rules.switches import path_of, switch_of

_SOURCES = (NumberRange, DateRange, DatetimeRange, Choices, Chance, Faked, Patterned, Formatted, Formula)


@dataclass(frozen=True)
class Spot:
    """Where a source stands in a book.

    Attributes:
        plan: of the book.
        tables: all tables, being filled.
        target: the column.
        branch: which branch of `cases`, such as `case 0 `; empty for the column itself.
        copula: where its cells come from, for a correlated column.
        changes: what scenarios do to the column.
    """

    plan: Plan
    tables: Mapping[str, TableMaker]
    target: Target
    branch: str = ""
    copula: CopulaDraw | None = None
    changes: Changes = ()

    def key(self, purpose: str) -> int:
        """The random key of a purpose; a table, column or branch added elsewhere does not change it."""
        return keys.key(self.plan.book.seed, self.target.table, self.target.column, self.branch + purpose)

    def draw(self, purpose: str) -> Draw:
        """Where the cells of a purpose come from."""
        return self.copula if self.copula and purpose == "value" else KeyDraw(self.key(purpose))

    @property
    def table(self) -> TableMaker:
        """The table the column is in."""
        return self.tables[self.target.table]

    @property
    def dates(self) -> tuple[str, ...]:
        """Date and datetime columns of the row, for effects that name none."""
        return tuple(date_columns(self.plan.book.tables[self.target.table]))


def compile_plan(plan: Plan) -> dict[str, TableMaker]:
    """Makers of all tables of a plan.

    Raises:
        DataError: a constraint cannot be met; a range holds no value of its type, or more digits than fit; effects
            that leave no day; too many parents for a weighted reference.
    """
    book, stage = plan.book, Stage()
    copulas: dict[str, CopulaDraw] = {}
    tables = _tables(plan, stage, copulas)
    for number, scenario in enumerate(book.scenarios):
        if scenario.of not in tables:
            continue
        spot = _spot(plan, stage.plain or tables, scenario.of, next(iter(scenario.change)))
        condition = None if scenario.where is None else condition_of(spot, scenario.where)
        reach = reach_of(spot, number, condition, scenario, stage)
        stage, before = stage.after(book, scenario, reach, tables), tables
        tables = _tables(plan, stage, copulas)
        for name, table in tables.items():
            table.played = before[name].played
        after = tables[scenario.of]
        after.played += (played(scenario, book, reach, before[scenario.of], after),)
    return tables


def _spot(plan: Plan, tables: Mapping[str, TableMaker], table: str, name: str, changes: Changes = ()) -> Spot:
    column: Any = plan.book.tables[table].columns[name]
    zone = Zone(plan.book.period.timezone if plan.book.period else "UTC")
    return Spot(plan, tables, Target(table, name, column.type, getattr(column, "places", 0), zone), changes=changes)


def _tables(plan: Plan, stage: Stage, copulas: dict[str, CopulaDraw]) -> dict[str, TableMaker]:
    """Makers of all tables at one stage of the scenarios.

    Args:
        plan: of the book.
        stage: what has happened.
        copulas: of correlated columns, as worked out without any scenario; filled at the first stage.
    """
    from seedbed.generators.layout_compiler import layout_of  # which compiles sources with what is below

    book = plan.book
    tables = {name: stage.kept.get(name) or TableMaker(name, rows) for name, rows in plan.rows.items()}
    shown = {name: bindings(book.tables[name]) for name in tables}
    fresh: dict[str, tuple[Target, CopulaDraw]] = {}
    for path in _references_first(plan):
        table, _, name = path.partition(".")
        if table not in tables or table in stage.kept:
            continue
        column: Any = book.tables[table].columns[name]
        parent = tables[column.to] if column.source == "reference" else None
        spot = _spot(plan, tables, table, name, stage.changes.get(path, ()))
        maker: Maker
        if name in shown[table]:
            maker = PartMaker(shown[table][name].place)
        else:
            if partners_of(column):
                if path not in copulas:
                    copulas[path] = CopulaDraw(spot.key("value"))
                    fresh[path] = (spot.target, copulas[path])
                spot = replace(spot, copula=copulas[path])
            maker = column_maker(spot, column)
        form = _form(plan, column, spot.target.zone)
        tables[table].columns[name] = ColumnMaker(maker, form, parent, column.hidden)
    for name, made in tables.items():
        if name in stage.kept:
            continue
        made.columns = {column: made.columns[column] for column in book.tables[name].columns}
    # Parents first: what is worked out on a sample of a table reads theirs.
    for name in table_order(book):
        if name in tables and name not in stage.kept:
            # No scenario changes how many rows there are, or what they are made from.
            tables[name].layout = stage.plain[name].layout if stage.plain else layout_of(plan, tables, name)
            settle_rows(book, tables[name], [fresh[path] for path in plan.order if path in fresh])
    return tables


def _references_first(plan: Plan) -> list[str]:
    """References before the rest: a condition looks at a column's form through them when it is compiled."""

    def rank(path: str) -> bool:
        table, _, name = path.partition(".")
        return plan.book.tables[table].columns[name].source not in {"id", "reference"}

    return sorted(plan.order, key=rank)


def _form(plan: Plan, column: Any, zone: Zone) -> Form:
    parts: Any = None
    ids = None
    if column.type == "id":
        parts = column.parts
    elif column.type == "reference":
        parent = plan.book.tables[column.to]
        id_column: Any = parent.columns[parent.id_column] if parent.id_column else None
        # A reference to a table with a key and no id is hidden; its form is never seen.
        parts, count = id_column and id_column.parts, plan.rows[column.to]
        if parts is not None and 0 < count <= MOST_ID_WORDS:
            ids = Words.of([parts.render(number) for number in range(1, count + 1)])
    described = {
        "about": column.about,
        "unit": getattr(column, "unit", None),
        "sensitive": "true" if column.sensitive else None,
    }
    return Form(
        type=column.type,
        zone=zone,
        places=getattr(column, "places", 0),
        parts=None if parts is None else IdText(parts.prefix, parts.width, parts.suffix),
        ids=ids,
        drawn=column.source == "range",
        spelled=column.type == "text" and (column.source in {"pattern", "format"} or column.unique),
        metadata={key: value for key, value in described.items() if value},
    )


def column_maker(spot: Spot, column: Any) -> Maker:
    """Compiles a column.

    Args:
        spot: where it stands; the columns it is computed from are compiled.
        column: model of the rule book.
    """
    from seedbed.generators.series_compiler import series_maker

    maker: Maker
    match column.source:
        case "id":
            return RowMaker()
        case _ if column.unique:
            if calibrated_effects(spot):
                words = "a unique column cannot be calibrated"
                raise spot.target.refuse(words, repair="leave out 'unique', or 'calibrate' of the expectation")
            maker = distinct_maker(spot, column, lambda: source_maker(spot, column))
        case "reference":
            maker = _dependent(spot, reference_maker(spot, column))
        case "series":
            maker = series_maker(spot, column.series)
        case "cases":
            maker = cases_maker(spot, column.cases)
        case _:
            maker = switch_maker(spot, column) if path_of(column) else source_maker(spot, column)
    if column.missing:
        maker = MissingMaker(maker, spot.key("missing"), column.missing)
    return replaced(spot, maker, spot.changes)


def source_maker(spot: Spot, source: Any) -> Maker:
    """Compiles a source of a column or branch."""
    return shifted(spot, source, _dependent(spot, _drawn_maker(spot, source)), spot.changes)


def _dependent(spot: Spot, maker: Maker) -> Maker:
    """What the book says is drawn once for each combination of other columns is."""
    given = deciders(spot.plan.book.tables[spot.target.table]).get(spot.target.column)
    return maker if given is None else DependentMaker(maker, given)


def _drawn_maker(spot: Spot, source: Any) -> Maker:
    match source:
        case NumberRange():
            effects = (*effect_makers(spot, source.effects), *calibrated_effects(spot))
            return number_maker(spot.target, spot.draw("value"), source, effects)
        case DatetimeRange():
            return moment_maker(spot, source)
        case DateRange():
            return day_maker(spot, source)
        case Choices():
            weights = np.array(list(source.choices.values()), dtype=np.float64)
            return ChoiceMaker(spot.draw("value"), Picker(weights), Words.of(list(source.choices)))
        case Chance():
            return ChanceMaker(spot.draw("value"), source.chance)
        case Faked():
            pool = Pool(spot.plan.book.seed, source.locale, source.faker)
            table, path = spot.target.table, f"{spot.target.table}.{spot.target.column}"
            return PoolMaker(spot.key("value"), pool, spot.plan.rows[table] >= SIZE and path in looked_at(spot.plan))
        case Patterned():
            return pattern_maker(spot.key("value"), Pattern.parse(source.pattern))
        case Formatted():
            return FormatMaker(TextFormat.parse(source.format))
        case Formula():
            return FormulaMaker(Evaluator(spot.target, Expression.parse(source.formula)))
    raise TypeError(f"no maker for {type(source).__name__}")


def switch_maker(spot: Spot, column: Any) -> SwitchMaker:
    """Compiles a column with `by`."""
    switch = switch_of(column)
    assert switch is not None
    lookup = Lookup(switch.path, entries_of(spot.plan.book, spot.target.table, switch))
    whole = [column, *switch.sources.values()]
    if not isinstance(column, Choices):
        return SwitchMaker(lookup, tuple(source_maker(spot, source) for source in whole))
    # One list of words for all, so that every block writes the same dictionary.
    texts = list(dict.fromkeys(text for source in whole for text in source.choices))
    words = Words.of(texts)
    weights = [np.array([source.choices.get(text, 0.0) for text in texts]) for source in whole]
    return SwitchMaker(lookup, tuple(ChoiceMaker(spot.draw("value"), Picker(each), words) for each in weights))


def cases_maker(spot: Spot, cases: tuple[Any, ...]) -> CasesMaker:
    """Compiles `cases`."""
    branches: list[tuple[Condition | None, Maker]] = []
    for number, case in enumerate(cases):
        here = replace(spot, branch=f"case {number} ")
        condition = condition_of(spot, case.when) if hasattr(case, "when") else None
        source = case.otherwise if hasattr(case, "otherwise") else case
        if isinstance(source, _SOURCES):
            branches.append((condition, source_maker(here, source)))
        else:
            branches.append((condition, ConstantMaker(spot.target, getattr(source, "value", source))))
    return CasesMaker(tuple(branches))


def condition_of(spot: Spot, text: str) -> Condition:
    """Compiles a condition."""
    expression, name = Expression.parse(text), text.strip()
    alone = expression.columns == {name} and spot.table.form(name).type == "boolean"
    return Condition(Evaluator(spot.target, expression), name if alone else None)


def reference_maker(spot: Spot, column: Any) -> Maker:
    """Compiles a reference."""
    parent, key = spot.tables[column.to], spot.key("value")
    if parent is spot.table:
        if column.skew is not None:
            _few_enough(spot, parent)
        return EarlierMaker(key, parent.rows, column.skew or 0.0)
    if column.weight is None and column.skew is None:
        return UniformReferenceMaker(key, parent)
    _few_enough(spot, parent)
    if column.skew is not None:
        return WeightedReferenceMaker(key, Popularity(spot.key("popularity"), parent, column.skew))
    return WeightedReferenceMaker(key, Weights(spot.target, parent, column.weight))


def _few_enough(spot: Spot, parent: TableMaker) -> None:
    if parent.rows > MOST_ENTRIES:
        raise DataError(
            "too many parents for 'weight' or 'skew'",
            reason=Reason.TOO_LARGE,
            where=f"{spot.target.table}.{spot.target.column}",
            found=f"{parent.rows:,} rows of {parent.name}",
            allowed=f"{MOST_ENTRIES:,}",
            repair=f"leave 'weight' and 'skew' out, or give {parent.name} fewer rows",
        )


def calibrated_effects(spot: Spot) -> tuple[Effect, ...]:
    """The factor of a calibrated column, nothing for others."""
    factor = spot.plan.factors.get(f"{spot.target.table}.{spot.target.column}", 1.0)
    return () if factor == 1 else (CalibratedEffect("calibrate", factor),)


def effect_makers(spot: Spot, effects: tuple[Any, ...]) -> tuple[Effect, ...]:
    """Compiles a number's effects."""
    made: list[Effect] = []
    tables, noises = EffectTables(spot.plan.book), 0
    for effect in effects:
        match effect:
            case HourEffect():
                made.append(ClockEffect(effect.kind, effect.by or spot.dates[0], HourCurve(effect.points).minutes))
            case CalendarEffect():
                by = effect.by or spot.dates[0]
                made.append(DayEffect(effect.kind, by, tables.of_days(effect, tables.years_of(spot.target.table, by))))
            case WhenEffect():
                name, condition = f"when {effect.when.if_}", condition_of(spot, effect.when.if_)
                made.append(ConditionEffect(name, condition, effect.when.factor))
            case PerEffect():
                parent = spot.table.columns[effect.per.entity].parent
                assert parent is not None
                name = f"per {effect.per.entity}"
                made.append(EntityEffect(name, spot.key(name), effect.per.entity, effect.per.spread, parent.rows))
            case NoiseEffect():
                key = spot.key(f"noise {noises}" if noises else "noise")
                made.append(RowEffect("noise", key, effect.noise.spread))
                noises += 1
    return tuple(made)
