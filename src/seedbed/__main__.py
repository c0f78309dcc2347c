"""`python -m seedbed` is the `seedbed` command."""

from seedbed.cli import run

if __name__ == "__main__":
    run()
