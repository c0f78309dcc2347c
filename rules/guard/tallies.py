"""What is counted while rows go by: broken rules with a few examples, and where each table's rows went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seedbed.rules.guard.batches import Batch, Breach
from seedbed.rules.guard.codes import WORDS, Code, Severity
from seedbed.rules.guard.records import Unread

EXAMPLES = 3
_LONGEST = 200


@dataclass
class Rule:
    """How often one rule was broken.

    Attributes:
        code: kind of fault.
        column: at fault; None where it is the row.
        words: what was expected.
        severity: what it means for a row.
        count: rows.
        examples: the first few, `{"source", "line", "value"}`, and `"detail"` where there is one.
    """

    code: Code
    column: str | None
    words: str
    severity: Severity
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The rule in one line, such as `quantity: expected 1 to 50`."""
        return f"{self.column}: {self.words}" if self.column else self.words

    def to_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "code": str(self.code),
            "column": self.column,
            "words": self.words,
            "severity": str(self.severity),
            "count": self.count,
            "examples": self.examples,
        }


@dataclass
class Tally:
    """Counts of one table.

    Attributes:
        read: records of the source.
        accepted: rows that went to accepted.
        quarantined: records that went to quarantine, those that could not be read among them.
        unread: records that never became a row.
        warned: accepted rows with a remark.
        blank: lines without a byte, which are no records.
        faults: what is wrong with the table as a whole.
    """

    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    unread: int = 0
    warned: int = 0
    blank: int = 0
    faults: list[Breach] = field(default_factory=list)
    _rules: dict[tuple[Code, str | None, str, Severity], Rule] = field(default_factory=dict)

    @property
    def rules(self) -> list[Rule]:
        """Broken rules, the most often broken first."""
        return sorted(self._rules.values(), key=lambda rule: (-rule.count, rule.code, rule.column or "", rule.words))

    @property
    def share(self) -> float:
        """Share of the records that went to quarantine."""
        return self.quarantined / self.read if self.read else 0.0

    def add_breach(self, batch: Batch, breach: Breach) -> None:
        """Counts the rows that break a rule."""
        if not len(breach.rows):
            if not any(_same(breach, each) for each in self.faults):
                self.faults.append(breach)
            return
        rule = self._rule(breach.code, breach.column, breach.words, breach.severity)
        rule.count += len(breach.rows)
        for index in range(min(EXAMPLES - len(rule.examples), len(breach.rows))):
            value = None if breach.values is None else breach.values[index]
            example = _example(batch.source, int(batch.lines[breach.rows[index]]), value)
            if breach.details is not None:
                example["detail"] = breach.details[index]
            rule.examples.append(example)

    def add_unread(self, source: str, records: Sequence[Unread]) -> None:
        """Counts records that never became a row."""
        for record in records:
            rule = self._rule(record.code, None, WORDS[record.code], Severity.REJECT)
            rule.count += 1
            if len(rule.examples) < EXAMPLES:
                rule.examples.append(_example(source, record.line, record.raw or None))
        self.unread += len(records)
        self.quarantined += len(records)

    def add_rows(self, breaches: Sequence[Breach], rejected: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        """Counts where the rows of a batch went."""
        lost = int(np.count_nonzero(rejected))
        self.quarantined += lost
        self.accepted += len(rejected) - lost
        remarks = [breach.rows for breach in breaches if breach.severity == Severity.WARN and len(breach.rows)]
        if remarks:
            warned = np.zeros(len(rejected), bool)
            warned[np.concatenate(remarks)] = True
            self.warned += int(np.count_nonzero(warned & ~rejected))

    def _rule(self, code: Code, column: str | None, words: str, severity: Severity) -> Rule:
        key = (code, column, words, severity)
        if key not in self._rules:
            self._rules[key] = Rule(code, column, words, severity)
        return self._rules[key]


def _same(one: Breach, other: Breach) -> bool:
    return (one.code, one.column, one.words) == (other.code, other.column, other.words)


def _example(source: str, line: int, value: Any) -> dict[str, Any]:
    text = None if value is None else str(value)
    if text is not None and len(text) > _LONGEST:
        text = text[:_LONGEST] + "..."
    return {"source": source, "line": line, "value": text}
