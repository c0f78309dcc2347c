"""The door: the `seedbed` command."""

from __future__ import annotations


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 1 problems, 2 wrong usage, 130 interrupted."""
    from seedbed.core.memory import uncollected

    with uncollected():
        from seedbed.cli.app import app

    app(prog_name="seedbed")
