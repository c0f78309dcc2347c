"""The house: layout, floors, packaging, and what loads when."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOMS = ("rules", "generators", "scenes", "training")
FLOORS = {"core": 0, "rules": 1, "generators": 2, "scenes": 2, "training": 2, "cli": 3}
HEAVY = (
    "pybullet",
    "moderngl",
    "trimesh",
    "cv2",
    "albumentations",
    "torch",
    "torchvision",
    "ultralytics",
    "mlflow",
    "sdv",
)


def sources(repository: Path) -> Iterator[tuple[str, Path]]:
    """(module's floor, file) of every source file."""
    for room in ROOMS:
        for path in sorted((repository / room).rglob("*.py")):
            yield room, path
    for part in ("core", "cli"):
        for path in sorted((repository / "src/seedbed" / part).rglob("*.py")):
            yield part, path


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_only_go_down(repository: Path) -> None:
    wrong = []
    for floor, path in sources(repository):
        for module in imports(path):
            parts = module.split(".")
            if parts[0] != "seedbed" or len(parts) < 2 or parts[1] not in FLOORS:
                continue
            same = parts[1] == floor
            if not same and FLOORS[parts[1]] >= FLOORS[floor]:
                wrong.append(f"{path.relative_to(repository)} imports {module}")
    assert wrong == []


def test_rooms_are_never_imported_by_their_bare_name(repository: Path) -> None:
    wrong = [str(p) for _, p in sources(repository) for module in imports(p) if module.split(".")[0] in ROOMS]
    assert wrong == []


def test_links_lead_to_the_rooms(repository: Path) -> None:
    for room in ROOMS:
        link = repository / "src/seedbed" / room
        assert link.is_symlink()
        assert link.readlink() == Path("../..") / room
        assert (link / "__init__.py").is_file()


def test_every_package_is_declared(repository: Path) -> None:
    declared = set(tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {"seedbed"}
    for floor, path in sources(repository):
        base = repository if floor in ROOMS else repository / "src/seedbed"
        found.add(".".join(("seedbed", *path.parent.relative_to(base).parts)))
    assert found == declared


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy, so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("copy") / "seedbed"
    ignore = shutil.ignore_patterns(".git", ".venv", ".uv", "out", "*.egg-info", "build", "__pycache__", ".*_cache")
    shutil.copytree(repository, copy, symlinks=True, ignore=ignore)
    target = tmp_path_factory.mktemp("wheel")
    code = f"from setuptools import build_meta; build_meta.build_wheel({str(target)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=copy, check=True, capture_output=True)
    return next(target.glob("*.whl"))


def test_the_wheel_holds_every_module_under_one_name(repository: Path, wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"seedbed"}
    expected = {"seedbed/py.typed", *("seedbed/" + path.name for path in (repository / "src/seedbed").glob("*.py"))}
    for floor, path in sources(repository):
        base = repository if floor in ROOMS else repository / "src/seedbed"
        expected.add("seedbed/" + path.relative_to(base).as_posix())
    for room in ROOMS:
        for pack in (repository / room).rglob("*.yaml"):
            expected.add("seedbed/" + pack.relative_to(repository).as_posix())
    modules = {name for name in names if name.endswith((".py", ".yaml", "py.typed"))}
    assert modules == expected


def test_a_normal_install_imports(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; import seedbed, seedbed.rules, seedbed.generators, seedbed.scenes, "
        "seedbed.training, seedbed.cli; print(seedbed.rules.__file__)"
    )
    libraries = sysconfig.get_paths()["purelib"]
    # -S leaves out .pth files, and with them the editable install of this environment.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(tmp_path / "site"), libraries],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(str(tmp_path / "site"))


def test_the_editable_install_imports(repository: Path) -> None:
    import seedbed.rules

    if "site-packages" in seedbed.rules.__file__:
        pytest.skip("these tests run against a normal install")
    assert Path(seedbed.rules.__file__).resolve() == repository / "rules" / "__init__.py"


BLOCKER = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {HEAVY!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def run_without_heavy(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BLOCKER + code], capture_output=True, text=True, cwd=cwd)


def test_tables_need_the_core_alone(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(
        "seedbed: book/1\nname: b\n"
        "tables: {t: {rows: 9, columns: {i: {type: id}, n: {type: integer, range: [0, 9]}}}}\n"
    )
    code = """
import seedbed
from seedbed.cli import main
for line in ("check b.yaml", "schema book", "generate b.yaml -o out -w 1", "card out"):
    sys.argv = ["seedbed", *line.split()]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (line, end.code)
"""
    done = run_without_heavy(code, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out/tables/t").is_dir()


def test_a_missing_extra_says_what_to_install(tmp_path: Path, repository: Path) -> None:
    shutil.copy(repository / "scenes/packs/cones.yaml", tmp_path / "cones.yaml")
    code = "from seedbed.cli import main\nsys.argv = ['seedbed', *'render cones.yaml -o out -n 1 -w 1'.split()]\nmain()"
    done = run_without_heavy(code, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "pip install 'seedbed[scenes]'" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"""
import sys
from seedbed.cli import main
sys.argv = ["seedbed", "--help"]
try:
    main()
except SystemExit:
    pass
slow = {(*HEAVY, "polars", "pyarrow", "duckdb", "pandas", "numpy", "pydantic", "faker")!r}
print([name for name in slow if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr.strip() == "[]"


def test_no_registry_is_named(repository: Path) -> None:
    text = (repository / "constraints.txt").read_text()
    assert "://" not in text
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+( ; .*)?", line) for line in text.splitlines())
    assert not (repository / "uv.lock").exists()


def test_the_public_surface() -> None:
    import seedbed

    assert set(seedbed.__all__) == {"__version__", "generate", "render", "train", "validate"}
    for name in seedbed.__all__:
        assert getattr(seedbed, name)
    with pytest.raises(AttributeError):
        seedbed.convert  # noqa: B018


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_hides_a_public_name(repository: Path, room: str) -> None:
    # Importing seedbed.room.name as a module puts the module where a function of that name was.
    public = set(importlib.import_module(f"seedbed.{room}").__all__)
    assert public & {path.stem for path in (repository / room).glob("*.py")} == set()
