"""Every error a person can meet.

    SeedbedError
      DocumentError      a rule book, scene or plan has problems (all of them listed)
      DataError          data or a dataset folder is not what it should be
      EngineError        work could not be run or written: disk, processes
      RenderError        a frame could not be drawn or its labels do not hold
      TrainingError      a training run could not start or go on

Each says where, what was found, what is allowed and how to repair it, and carries a `Reason`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Reason codes, stable for programs that read `--json` output or exit notes."""

    SYNTAX = "syntax"
    INVALID = "invalid"
    UNKNOWN_NAME = "unknown_name"
    UNKNOWN_KEY = "unknown_key"
    MISSING_KEY = "missing_key"
    TOO_LARGE = "too_large"
    NOT_FOUND = "not_found"
    NOT_A_DATASET = "not_a_dataset"
    OTHER_LOCK = "other_lock"
    IN_USE = "in_use"
    DAMAGED = "damaged"
    READ_ONLY = "read_only"
    DISK_FULL = "disk_full"
    NOT_WRITABLE = "not_writable"
    WORKER_DIED = "worker_died"
    MISSING_PACKAGE = "missing_package"
    NO_RENDERER = "no_renderer"
    LABEL_MISMATCH = "label_mismatch"
    CLASS_MISMATCH = "class_mismatch"
    NOT_FINITE = "not_finite"


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a person's file.

    Attributes:
        file: as the person named it.
        line: from 1; 0 when the whole file is meant.
        column: from 1.
        message: what is wrong, in words.
        reason: its code.
        path: where in the tree, such as `tables.sale.columns.total`.
        found: the value found, shown shortened.
        allowed: what would be right.
        suggestion: the nearest known name.
    """

    file: str
    line: int
    column: int
    message: str
    reason: Reason = Reason.INVALID
    path: str = ""
    found: str | None = None
    allowed: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"{place}: {self.path + ': ' if self.path else ''}{self.message}"
        if self.found is not None:
            text += f"; found {self.found}"
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        if self.suggestion:
            text += f"; did you mean {self.suggestion!r}?"
        return text


class SeedbedError(Exception):
    """Base of all errors shown to a person without a traceback.

    Args:
        message: what is wrong, one sentence.
        reason: code for programs.
        where: file, folder, frame or column it is about.
        found: what was there.
        allowed: what would be right.
        repair: what the person can do now.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: Reason = Reason.INVALID,
        where: object = None,
        found: object = None,
        allowed: str | None = None,
        repair: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.where = None if where is None else str(where)
        self.found = found
        self.allowed = allowed
        self.repair = repair

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        if self.found is not None:
            text += f"\n  found:   {self.found}"
        if self.allowed:
            text += f"\n  allowed: {self.allowed}"
        if self.repair:
            text += f"\n  repair:  {self.repair}"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders; keyword-only arguments need their own way back.
        return _rebuild, (type(self), self.message, dict(self.__dict__))


class DocumentError(SeedbedError):
    """A rule book, scene or plan has problems; `problems` lists every one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(
            f"{count} problem{'s' if count != 1 else ''}",
            reason=self.problems[0].reason if self.problems else Reason.INVALID,
        )

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class DataError(SeedbedError):
    """Data or a dataset folder is not what it should be."""


class EngineError(SeedbedError):
    """Work could not be run or written."""


class RenderError(SeedbedError):
    """A frame could not be drawn, or its labels do not hold."""


class TrainingError(SeedbedError):
    """A training run could not start or go on."""


def _rebuild(kind: type[SeedbedError], message: str, state: dict[str, object]) -> SeedbedError:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error
