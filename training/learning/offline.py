"""Ultralytics without a network, without telemetry, without a word on the terminal.

Import Ultralytics only after `prepare()`: it reads its switches from the environment while it is imported.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from seedbed.core.errors import Reason, TrainingError

_QUIET = {"sync": False, "clearml": False, "comet": False, "dvc": False, "mlflow": False, "raytune": False}


def prepare() -> None:
    """Sets the switches, then imports Ultralytics. Safe to call again.

    Raises:
        TrainingError: Ultralytics or torch is not installed.
    """
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    # Threads that spin while they wait stop a run dead when others want the same cores: 3 instead of 100 images a
    # second were seen. Read once, when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    if "YOLO_CONFIG_DIR" not in os.environ:
        os.environ["YOLO_CONFIG_DIR"] = str(_config_folder())
    try:
        import torch

        if not torch.cuda.is_available():
            # torch loads triton wherever it is installed. Triton and Mesa's software GL each bring an LLVM, and a
            # process that has drawn frames dies of the second one. Without a graphics card nothing needs triton.
            sys.modules.setdefault("triton", None)  # type: ignore[arg-type]
        from ultralytics.utils import SETTINGS
    except ImportError as error:
        raise TrainingError(
            "training needs the packages of the `train` extra",
            reason=Reason.MISSING_PACKAGE,
            found=f"no module {error.name!r}",
            repair="pip install 'seedbed[train]'",
        ) from None
    # In memory only: a person's own settings file is not ours to change. dict.update goes past its saving.
    dict.update(SETTINGS, {**_QUIET, "tensorboard": False, "wandb": False})


def threads() -> int:
    """Threads for arithmetic: OMP_NUM_THREADS where set, else the cores this process may use."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _config_folder() -> Path:
    """A folder of our own for the settings file that Ultralytics insists on writing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "seedbed" / "ultralytics"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            return cache
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"seedbed-ultralytics-{os.getuid() if hasattr(os, 'getuid') else 0}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


class _Plain(logging.Formatter):
    """Without the colours of a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", super().format(record))


@contextlib.contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Sends Ultralytics' log and all warnings to a file, appended, for as long as the block runs."""
    import ultralytics.utils
    from ultralytics.utils import LOGGER

    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(_Plain("%(asctime)s %(message)s"))
    python_warnings = logging.getLogger("py.warnings")
    loggers = (LOGGER, python_warnings)
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    verbose = ultralytics.utils.VERBOSE
    ultralytics.utils.VERBOSE = False  # its bars look here each time one is made
    for logger in loggers:
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        logging.captureWarnings(True)
        try:
            yield
        finally:
            logging.captureWarnings(False)
            for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
                logger.handlers, logger.propagate = handlers, propagate
                logger.setLevel(level)
            ultralytics.utils.VERBOSE = verbose
            handler.close()
