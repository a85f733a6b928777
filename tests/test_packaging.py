"""What is shipped: the wheel, the sdist, and that both work from any directory.

The packages are built with the setuptools that is installed, and unpacked beside the dependencies
that are installed: no network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = ("schedc", "grammar", "pyproject.toml", "README.md", "LICENSE")


def build(kind: str, where: Path, out: Path) -> Path:
    """Build a wheel or an sdist of the tree at `where`."""
    code = f"from setuptools import build_meta as b; print(b.build_{kind}({str(out)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is shipped, so that nothing is built inside the repository."""
    copy = tmp_path_factory.mktemp("tree")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            caches = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, copy / name, ignore=caches)
        else:
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tree, tmp_path_factory.mktemp("wheel"))


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return {name for name in file.namelist() if ".dist-info/" not in name}


def test_everything_is_in_the_wheel(wheel: Path) -> None:
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "schedc").rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    drawing = ROOT / "schedc" / "plot"
    assets = [*drawing.glob("page.*"), *(drawing / "uplot").iterdir()]
    expected |= {path.relative_to(ROOT).as_posix() for path in assets}
    expected |= {
        f"schedc/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "grammar").rglob("*.*")
        if "__pycache__" not in path.parts
    }
    assert names(wheel) == expected


def test_the_sdist_makes_the_same_wheel(tree: Path, wheel: Path, tmp_path: Path) -> None:
    sdist = build("sdist", tree, tmp_path)
    with tarfile.open(sdist) as file:
        # before 3.10.12 and 3.11.4 there is nothing else to choose
        file.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    again = build("wheel", tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path)
    assert names(again) == names(wheel)


def test_the_wheel_works_from_another_directory(wheel: Path, tmp_path: Path) -> None:
    site, here = tmp_path / "site", tmp_path / "here"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(site)
    here.mkdir()
    text = "run: {steps: 1000}\nschedules:\n  lr: linear(0→1, 10%) >> cosine\n"
    (here / "a.yaml").write_text(text, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(site)}
    code = (
        "import schedc, schedc.grammar, sys\n"
        "print(schedc.__file__, schedc.grammar.__file__)\n"
        "from schedc.cli import run\n"
        "sys.exit(run(['check', '.']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    places, told = done.stdout.splitlines()
    assert all(Path(place).is_relative_to(site) for place in places.split())
    assert told.startswith("no errors in 1 file: 1 schedule, 1 join proved")


def test_the_metadata_is_right(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        inside = {
            name.split(".dist-info/")[1]: name for name in file.namelist() if "-info/" in name
        }
        metadata = file.read(inside["METADATA"]).decode()
        entries = file.read(inside["entry_points.txt"]).decode()
    assert "schedc = schedc.__main__:main" in entries
    assert "licenses/LICENSE" in inside
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    core = sorted(line.split(": ")[1].split("<")[0].split(">")[0] for line in required
                  if "extra ==" not in line and "python_version" not in line)  # fmt: skip
    assert core == ["click", "lark", "pyyaml", "sympy"]
