"""What a command says at its end, and a dataset's card for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.datasets import CARD, read_card

if TYPE_CHECKING:
    from seedbed.training import TrainResult


def human_bytes(count: float) -> str:
    """Bytes with a unit, such as `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def size_line(root: Path) -> str:
    """One line: how much lies in a dataset folder."""
    content = read_card(root)["seedbed:content"]
    return f"{root}: {content['files']:,} files, {human_bytes(content['bytes'])}; what it is: {root / CARD}"


def card_lines(card: Mapping[str, Any]) -> Iterator[str]:
    """A card in words, a line each."""
    lineage, quality, content = card["seedbed:lineage"], card["seedbed:quality"], card["seedbed:content"]
    yield f"{card['name']}: {card['description']}"
    yield f"quality   {str(quality['level']).replace('_', ' ')}"
    source = f"{lineage['file']} (digest {lineage['file_digest'][:12]}), seed {lineage['seed']}"
    yield f"made by   {lineage['made_by']} from {source}"
    for key, value in lineage["options"].items():
        yield f"          {key}: {value}"
    for parent in lineage["parents"]:
        role = f" as {parent['role']}" if parent["role"] else ""
        level = parent["quality"].replace("_", " ")
        yield f"parent    {parent['name']} ({level}, digest {parent['digest'][:12]}){role}"
    yield f"content   {content['files']:,} files, {human_bytes(content['bytes'])}, digest {content['digest']}"
    for key, value in quality.items():
        if key == "expectations":
            yield from (f"expected  {_met(one)}" for one in value)
        elif key != "level":
            yield f"{key.replace('_', ' '):<9} {_short(value)}"
    for table in card["recordSet"]:
        yield f"{table['name']}"
        for field in table["field"]:
            unit = f" [{field['seedbed:unit']}]" if field.get("seedbed:unit") else ""
            mark = " (sensitive)" if field.get("seedbed:sensitive") else ""
            about = f"  {field['description']}" if field.get("description") else ""
            yield f"  {field['name']:<16} {field['dataType'].removeprefix('sc:'):<9}{unit}{mark}{about}"


def train_lines(result: TrainResult) -> Iterator[str]:
    """A finished training in words: the test sets, then where the weights are."""
    yield f"{'test set':<12}{'images':>8}{'mAP50':>9}{'mAP50-95':>11}"
    for name, scores in result.seeds[0].test.items():
        cells = []
        for metric, width in (("mAP50", 9), ("mAP50-95", 11)):
            each = result.summary[f"{name}/{metric}"]
            cells.append(f"{each['mean']:{width}.3f}")
        yield f"{name:<12}{scores['images']:>8,}{''.join(cells)}"
    if len(result.seeds) > 1:
        first = next(iter(result.seeds[0].test))
        spread = result.summary[f"{first}/mAP50-95"]
        yield f"means of {len(result.seeds)} seeds; {first} mAP50-95 from {spread['min']:.3f} to {spread['max']:.3f}"
    for name, wrong in result.seeds[0].mistakes.items():
        yield (
            f"{name} at confidence {wrong['threshold']:.2f}: {wrong['found']:,} of {wrong['objects']:,} found, "
            f"{wrong['background']:,} false on background, {wrong['duplicates']:,} twice, "
            f"{wrong['wrong_class']:,} of the wrong class, {wrong['misplaced']:,} misplaced"
        )
    for seed in result.seeds:
        yield f"seed {seed.seed}: best at epoch {seed.best_epoch}, {seed.best_weights}"


def _met(one: Mapping[str, Any]) -> str:
    """One expectation of a card in words."""
    state = {True: "met", False: "NOT met", None: "not measured"}[one["met"]]
    value = "" if one["value"] is None else f"{one['value']:,.6g} "
    return f"{one['name']}: {value}{state} ({one['range'][0]:,.6g} to {one['range'][1]:,.6g})"


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(part)}" for key, part in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
