"""The ways in: compile, load, loads, and what the commands use in their place.

In: text or a path, and facts of the run. Out: a `Schedule` or a `Program`.
The one rule: what has an error is not handed out; `ScheduleError` carries every error found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike, fspath
from typing import Any

from schedc.block import Block, of_expression
from schedc.compiler import Compiled, compile_block
from schedc.diagnostics.base import Level, Refused, ScheduleError
from schedc.document import blocks, in_yaml, read_path
from schedc.facts import Fact, told
from schedc.schedule import Origin, Program, Schedule, digest, in_words, rule_of
from schedc.source import Source, Span
from schedc.suppress import answered


def compile(  # as `re.compile`
    text: str | float, *, name: str = "lr", **facts: object
) -> Schedule:
    """Compile one expression: `schedc.compile("cosine(1→0)", steps=1000)`.

    facts: facts of the run (`steps`, `batch`, `dataset`, …), exact: a float means its shortest
    decimal, as the schedule or as a fact. Raises `ScheduleError` with every error found.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        text = repr(text)
    if not isinstance(text, str):
        raise TypeError(f"a schedule is text, as 'cosine(1→0)', and not {text!r}")
    return program_of_expression(text, [told(n, v) for n, v in facts.items()], name)[name]


def program_of_expression(text: str, given: Iterable[Fact] = (), name: str = "lr") -> Program:
    """One expression as a program of one schedule. Raises `ScheduleError`."""
    source, block = of_expression(text, name)
    return _program(Origin(source, block, tuple(given)))


def loads(
    text: str | Mapping[str, Any], *, name: str = "<string>", key: str | None = None,
    **facts: object,
) -> Program:
    """Compile the block of a YAML text, or of a config that is a mapping already; see `load`.

    A float in a mapping means its shortest decimal. Faults in a mapping are placed in the YAML text
    that says the same.
    """
    if isinstance(text, Mapping):
        text = in_yaml(text)
    return program_of(Source(name, text), [told(n, v) for n, v in facts.items()], key)


def load(path: str | PathLike[str], *, key: str | None = None, **facts: object) -> Program:
    """Compile the block of schedules in a YAML file.

    key: where the block stands (`train.optim`), when there are several. Raises `ScheduleError` with
    every error found, also when the file cannot be read or holds no block.
    """
    try:
        source = read_path(fspath(path))
    except Refused as refused:
        raise ScheduleError([refused.finding]) from None
    return program_of(source, [told(n, v) for n, v in facts.items()], key)


def program_of(source: Source, given: Iterable[Fact] = (), key: str | None = None) -> Program:
    """The one block of a source, or the one at `key`, compiled. Raises `ScheduleError`."""
    document = blocks(source)
    errors = [f for f in document.findings if f.level == Level.ERROR]
    if errors:
        raise ScheduleError(errors)
    found = [b for b in document.blocks if key is None or _dotted(b) == key]
    if len(found) != 1:
        from schedc.diagnostics.files import WhichBlock

        start = Span(source, 0, 0)
        raise ScheduleError([WhichBlock(start, key, tuple(_dotted(b) for b in document.blocks))])
    return _program(Origin(source, found[0], tuple(given)))


def programs_of(source: Source, given: Iterable[Fact] = ()) -> Iterator[tuple[str, Program]]:
    """Where each block of a source stands, and the schedules in it that lay out, jumps and all:
    to be looked at, whatever is wrong with them."""
    for block in blocks(source).blocks:
        origin = Origin(source, block, tuple(given))
        yield _dotted(block), _held(origin, compile_block(source, block, origin.given))


def _dotted(block: Block) -> str:
    """Where a block stands, as `train.optim`; with the number of its document if not the first."""
    return ".".join(str(part) for part in block.path[1:] or block.path if part != 0)


def peer_schedule(text: str, updates: int) -> Schedule | None:
    """One expression over a run of so many updates, as it is and unproved: a peer's schedule may
    jump where no author would mean it to. None where it does not lay out."""
    source, block = of_expression(text, "lr")
    origin = Origin(source, block, (told("steps", updates),))
    compiled = compile_block(source, block, origin.given, proved=False)
    return _held(origin, compiled).schedules.get("lr")


def _program(origin: Origin) -> Program:
    compiled = compile_block(origin.source, origin.block, origin.given)
    kept = answered(origin.source, compiled.findings).findings
    missing = compiled.broken and len(compiled.tracks) < len(origin.block.schedules)
    if missing or any(f.level == Level.ERROR for f in kept):
        raise ScheduleError(sorted(compiled.findings, key=lambda f: -f.level))
    return _held(origin, compiled)


def _held(origin: Origin, compiled: Compiled) -> Program:
    from schedc import __version__
    from schedc.backends import Header

    tracks = compiled.tracks
    texts = {name: track.text for name, track in tracks.items()}
    header = Header(origin.source.name, texts, digest(tracks), __version__, in_words(compiled.run))
    schedules = {
        name: Schedule(track, header, origin, compiled.findings) for name, track in tracks.items()
    }
    rules = tuple(rule_of(origin, header, ruled) for ruled in compiled.groups)
    return Program(schedules, compiled.run, header, origin, compiled.findings, rules)
