"""The door: the `seedbed` command."""

from __future__ import annotations


def main() -> None:
    """Runs the command line, for Python; ends with SystemExit.

    Exit codes: 0 done, 1 problems, 2 wrong usage, 3 an alert about a training, 130 interrupted.
    """
    from seedbed.core.memory import uncollected

    with uncollected():
        from seedbed.cli.app import app

    app(prog_name="seedbed")


def run() -> None:
    """Runs the command line as a process of its own, which ends with it."""
    try:
        main()
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        from seedbed.core.endings import leave

        leave(end.code or 0)
