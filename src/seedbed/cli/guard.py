"""How a command ends: errors in words with exit code 1, Ctrl-C with 130, tracebacks only when asked for."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

import typer

from seedbed.core.errors import DocumentError, SeedbedError

DEBUG = "SEEDBED_DEBUG"

# Packages of the extras, by import name: what to install when one is absent.
_EXTRAS = {
    "pybullet": "scenes",
    "moderngl": "scenes",
    "trimesh": "scenes",
    "cv2": "scenes",
    "albumentations": "scenes",
    "PIL": "scenes",
    "pycocotools": "scenes",
    "torch": "train",
    "ultralytics": "train",
}


def say(text: str) -> None:
    """A line on standard error, for people."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def tell(error: SeedbedError) -> None:
    """An error, in words."""
    if isinstance(error, DocumentError):
        say(str(error))
        say(f"{error.message}; nothing was written")
    else:
        say(f"error: {error}")


@contextlib.contextmanager
def guarded(resume: str | None = None) -> Iterator[None]:
    """Ends the command as a person expects.

    Args:
        resume: what to say after Ctrl-C about going on.

    Raises:
        typer.Exit: with code 1 after an error, 130 after Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt:
        if _debug():
            raise
        say("\ninterrupted" + (f"; {resume}" if resume else ""))
        # Threads of the libraries (torch, Arrow) may still hold the interpreter: leave at once, what counts is on disk.
        sys.stdout.flush()
        os._exit(130)
    except SeedbedError as error:
        if _debug():
            raise
        tell(error)
        raise typer.Exit(1) from None
    except ImportError as error:
        name = (error.name or "").split(".")[0]
        if _debug():
            raise
        if name not in _EXTRAS:
            say(f"error: {error}\n  this is a fault in Seedbed; `seedbed --debug ...` shows where it happened")
            raise typer.Exit(1) from None
        extra = _EXTRAS[name]
        say(f"error: this command needs the package {name}\n  repair:  pip install 'seedbed[{extra}]'")
        raise typer.Exit(1) from None
    except BrokenPipeError:
        # The reader of our output (head, less) has gone.
        os._exit(0)

    except typer.Exit:
        raise
    except Exception as error:
        if _debug():
            raise
        say(f"error: {type(error).__name__}: {error}")
        say("  this is a fault in Seedbed, not in your file; `seedbed --debug ...` shows where it happened")
        raise typer.Exit(1) from None


def _debug() -> bool:
    return bool(os.environ.get(DEBUG))
