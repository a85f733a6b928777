"""The project's own settings: `[tool.schedc]` in pyproject.toml, or `.schedc.yaml`, found upwards.

In: a directory. Out: `Settings`. The one rule: a setting that is not known is an error; the
command line has the last word.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from schedc.diagnostics.base import near

FAIL_ON = ("error", "warning", "never")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project has decided about its checks; None where it says nothing.

    select, ignore: codes, or the beginnings of codes. per_file_ignores: what is ignored besides in
    the files that a pattern matches, relative to the folder of the settings. horizons: further
    lengths to check. origin: the file that says so.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    fail_on: str | None = None
    advice: bool | None = None
    strict: bool | None = None
    require_schedules: bool | None = None
    require_reason: bool | None = None
    horizons: tuple[str, ...] | None = None
    ascii: bool | None = None
    origin: str = ""


class SettingsError(ValueError):
    """A file of settings that cannot be used; the message names it."""


def settings(start: Path) -> Settings:
    """The settings of the nearest directory upwards that has some. Raises `SettingsError`."""
    for directory in (start.resolve(), *start.resolve().parents):
        own = directory / ".schedc.yaml"
        if own.is_file():
            return _read(own, _yaml(own))
        project = directory / "pyproject.toml"
        if project.is_file() and b"tool.schedc" in project.read_bytes():
            table = _toml(project).get("tool", {}).get("schedc")
            if table is not None:
                return _read(project, table)
    return Settings()


def _yaml(path: Path) -> Any:
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    return {} if found is None else found


def _toml(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError:
            raise SettingsError(
                f"{path}: Python {sys.version_info[0]}.{sys.version_info[1]} reads no TOML; "
                "install tomli, or write the settings in .schedc.yaml"
            ) from None
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    return table


_KINDS = {
    "select": "codes", "ignore": "codes", "horizons": "lengths", "fail-on": "level",
    "advice": "switch", "strict": "switch", "require-schedules": "switch", "ascii": "switch",
    "require-reason": "switch", "per-file-ignores": "patterns",
}  # fmt: skip


def _read(path: Path, table: object) -> Settings:
    if not isinstance(table, Mapping):
        raise SettingsError(f"{path}: settings are names with values")
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _KINDS:
            meant = near(str(name), _KINDS)
            more = f"; did you mean `{meant}`?" if meant else f"; there are {', '.join(_KINDS)}"
            raise SettingsError(f"{path}: there is no setting `{name}`{more}")
        values[name.replace("-", "_")] = _value(path, name, _KINDS[name], value)
    assert set(values) <= {f.name for f in fields(Settings)}
    return Settings(**values, origin=str(path))


def _value(path: Path, name: str, kind: str, value: object) -> Any:
    if kind == "switch":
        if isinstance(value, bool):
            return value
        raise SettingsError(f"{path}: `{name}` is true or false")
    if kind == "level":
        if value in FAIL_ON:
            return value
        raise SettingsError(f"{path}: `{name}` is one of {', '.join(FAIL_ON)}")
    if kind == "patterns":
        if not isinstance(value, Mapping):
            raise SettingsError(f"{path}: `{name}` gives each pattern of files its codes")
        one = f"{name}: "
        return tuple((str(p), _value(path, one + str(p), "codes", c)) for p, c in value.items())
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        raise SettingsError(f"{path}: `{name}` is a list")
    return tuple(str(item).strip() for item in value)


def matches(code: str, chosen: tuple[str, ...]) -> bool:
    """Whether a code is among those chosen: `SCH304`, or `SCH3` for a hundred."""
    return any(code.startswith(one.upper()) for one in chosen)


def fits(path: str, pattern: str, folder: str) -> bool:
    """Does a pattern mean this file? `old/*.yaml` from `folder`, `sweep_*.yaml` by name alone."""
    real = os.path.realpath(path)
    named = os.path.relpath(real, os.path.realpath(folder)).replace(os.sep, "/")
    pattern = pattern.removeprefix("./")
    alone = named.split("/")[-1]
    return fnmatch(named, pattern) or ("/" not in pattern and fnmatch(alone, pattern))
