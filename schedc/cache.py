"""What was decided before, kept on disk: the checks of unchanged files, sympy's proofs.

In: a key (a hash of everything the answer depends on) and an answer in JSON. Out: the answer again.
The one rule: a cache may be lost, torn, full or written by two processes at once, and nothing but
time changes. An answer is found only under the same key by the same version of the program.

Nothing is kept unless a command switches it on (`use`); `SCHEDC_CACHE=off` keeps it off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from os.path import basename, dirname, expanduser, isdir, join
from typing import Any

from schedc import unfinished

MOST = 50_000
"""Answers kept in one store; the oldest go first."""

_OFF = ("off", "0", "no", "false")


class Store:
    """Answers of one kind, in one file, read when first asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._known: dict[str, Any] = {}
        self._new: dict[str, Any] = {}
        self._file: str | None = None

    def get(self, key: str) -> Any:
        """The answer, or None."""
        self._load()
        return self._new.get(key, self._known.get(key))

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer; it is on disk after `save`."""
        if directory() is not None:
            self._new[key] = answer

    def save(self) -> None:
        """Put what is new to what is on disk, at once. A disk that is full or read-only is no
        fault of the check."""
        place = directory()
        if not self._new or place is None:
            return
        import json

        path = join(place, f"{self.name}.json")
        known = {**_read(path), **self._new}
        if len(known) > MOST:
            known = dict(list(known.items())[-MOST:])
        content = json.dumps(known, separators=(",", ":")).encode()
        with contextlib.suppress(OSError):
            os.makedirs(place, exist_ok=True)
            unfinished.replace(path, _seal(path, content) + b"\n" + content)
            self._known, self._new, self._file = known, {}, path

    def _load(self) -> None:
        place = directory()
        file = None if place is None else join(place, f"{self.name}.json")
        if file != self._file:
            self._file = file
            self._known = {} if file is None else _read(file)


def _read(path: str) -> dict[str, Any]:
    import json

    try:
        with open(path, "rb") as file:
            seal, _, content = file.read().partition(b"\n")
        found = json.loads(content) if seal == _seal(path, content) else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seal(path: str, content: bytes) -> bytes:
    """The first line of a file: whatever was damaged since it was written has another, and so has
    what another version wrote, or this one under another name."""
    whose = "/".join((basename(dirname(path)), basename(path)))
    return hashlib.sha256(whose.encode() + b"\n" + content).hexdigest().encode()


CHECKS, PROOFS = Store("checks"), Store("proofs")

_place: str | None = None


def use(on: bool = True) -> None:
    """Switch the cache on or off for this process."""
    global _place
    _place = _home() if on and os.environ.get("SCHEDC_CACHE", "").lower() not in _OFF else None


def directory() -> str | None:
    """Where answers are kept; None: nothing is."""
    return _place


def _home() -> str | None:
    """The user's cache folder, in it one folder for each version of the program."""
    given = os.environ.get("SCHEDC_CACHE_DIR")
    if given:
        root = given
    elif sys.platform == "win32":
        root = join(os.environ.get("LOCALAPPDATA") or expanduser("~\\AppData\\Local"), "schedc")
    elif sys.platform == "darwin":
        root = join(expanduser("~"), "Library", "Caches", "schedc")
    else:
        root = join(os.environ.get("XDG_CACHE_HOME") or join(expanduser("~"), ".cache"), "schedc")
    # a user without a home: "~" stays as it is
    return None if root.startswith("~") else join(root, stamp())


def stamp() -> str:
    """A name for exactly this program: its version, its files as they are, and its Python."""
    from schedc import __version__

    here = dirname(__file__)
    grammar = join(here, "grammar")
    if not isdir(grammar):
        grammar = join(dirname(here), "grammar")
    files = []
    for folder in (here, grammar):
        for root, folders, names in os.walk(folder):
            folders[:] = [f for f in folders if f != "__pycache__"]
            for name in names:
                if name.endswith((".py", ".lark", ".sched", ".tables")):
                    found = os.stat(join(root, name))
                    files.append((name, found.st_size, found.st_mtime_ns))
    text = repr((__version__, sys.version_info[:2], sorted(files)))
    return f"{__version__}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def key(*parts: object) -> str:
    """A hash of what an answer depends on."""
    return hashlib.sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()[:32]
