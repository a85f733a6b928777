"""What the author did, where YAML only says what it expected.

In: the place where a parser gave up. Out: one finding, and the value to leave out, where the rest
of the file can be read without it.
The one rule: the text around the place says what happened; the causes are tried in order, the
surest first. The parsers' own words (two parsers, two wordings) are the last resort.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from schedc.diagnostics import files
from schedc.diagnostics.base import Finding, Label
from schedc.source import Source, Span

# `key: value  # comment`, with list dashes before it; the value may be empty.
_SETTING = re.compile(
    r"""(?P<margin>[ \t]*(?:-[ ]+)*)
        (?P<key>"[^"\n]*"|'[^'\n]*'|[^\s#:'"\[{-](?:[^:#\n]|\#|:(?=\S))*?)
        [ ]*:(?:[ \t]+(?P<value>[^\s#](?:.*?\S)??))?[ \t]*(?:[ ]\#.*)?$""",
    re.VERBOSE,
)
_ITEM = re.compile(r"(?P<margin>[ \t]*(?:-[ ]+)+)(?P<value>[^\s#](?:.*?\S)??)[ \t]*(?:[ ]\#.*)?$")
_QUOTED = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')[ \t]*""")
_TABS = re.compile(r"[ \t]*\t[ \t]*")
_NEVER_FIRST = frozenset("%@`>|*&!-?,]}")


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where a parser gave up, and the line around it."""

    source: Source
    text: str
    at: int
    began: int  # where the parser began what it could not finish
    start: int  # of the line
    stop: int
    value: Span | None  # the value on the line
    context: str

    @property
    def at_end(self) -> bool:
        return self.at >= len(self.text.rstrip())

    def span(self, start: int, stop: int) -> Span:
        return Span(self.source, start, min(max(stop, start), len(self.text)))


_Cause: TypeAlias = "tuple[Finding, Span | None] | None"


def explain(source: Source, text: str, error: yaml.MarkedYAMLError) -> tuple[Finding, Span | None]:
    """A finding for the place where `text`, which stands for the text of `source`, is not YAML.

    Beside it the value whose absence would mend the line, or None.
    """
    mark = error.problem_mark or error.context_mark
    at = min(mark.index, len(text)) if mark else 0
    began = min(error.context_mark.index, at) if error.context_mark else at
    start, stop = _line(text, at)
    value = _value(source, text, start, stop)
    here = _Stop(source, text, at, began, start, stop, value, error.context or "")
    for cause in (_tab, _quotes, _comment, _sign, _colon, _quoted, _flow, _keyless, _margin):
        if found := cause(here):
            return found
    problem = (error.problem or "it cannot be read").replace("found ", "there is ", 1)
    return files.NotYaml(here.span(at, stop), f"this is not YAML: {problem}"), value


# ---- the causes --------------------------------------------------------------------------------


def _tab(here: _Stop) -> _Cause:
    tab = _TABS.match(here.text, here.start, here.stop)
    if tab is None or here.at > tab.end():
        return None
    return files.TabIndent(here.span(here.start, tab.end())), None


def _quotes(here: _Stop) -> _Cause:
    """A quoted value that never ends, or one with a backslash that means nothing."""
    text, began, at = here.text, here.began, here.at
    if not text.startswith(("'", '"'), began) or at == began or text.startswith("\n", at):
        return None
    start, stop = _line(text, began)
    value = _value(here.source, text, start, stop)
    if here.at_end or text[began] == "'":
        cure = f"end the value with `{text[began]}`"
        return files.NotYaml(here.span(began, stop), "this quote is never closed", cure), value
    slash = text.rfind("\\", began, at + 1)
    if slash < 0:
        problem = "the text in these quotes cannot go on here"
        return files.NotYaml(here.span(at, max(at + 1, here.stop)), problem), None
    where = here.span(slash, slash + 2)
    problem = f"`{where.text}` means nothing in double quotes"
    return files.NotYaml(where, problem, "write the backslash twice, or use single quotes"), value


def _comment(here: _Stop) -> _Cause:
    """The second half of an unquoted value that a comment cut in two."""
    text = here.text
    at = here.stop - len(text[here.start : here.stop].lstrip())
    above = _line_above(text, here.start)
    if at >= here.stop or _setting(text, here.start, here.stop):
        return None
    setting = _setting(text, *above, items=True)
    if setting is None or setting.group("value") is None:
        return None
    comment = text.find("#", setting.end("value"), here.start)
    if comment < 0 or at - here.start <= len(setting.group("margin")):
        return None
    where = here.span(comment, _line(text, comment)[1])
    return files.CommentInside(where, here.span(at, here.stop)), None


def _sign(here: _Stop) -> _Cause:
    """A value that begins with a sign of YAML."""
    text, at, value = here.text, here.at, here.value
    if text.startswith((">", "|"), here.began):  # the parsers stop behind these two
        value = _value(here.source, text, *_line(text, here.began))
        at = here.began
    if value is None:
        return None
    first = text[value.start]
    begins = value.start == at and first in _NEVER_FIRST
    if begins or (value.start < at <= value.stop and first in "*&!"):
        return files.NeedsQuotes(value, first), value
    return None


def _colon(here: _Stop) -> _Cause:
    """`: ` inside an unquoted value."""
    text, colon, value = here.text, here.at, here.value
    if not text.startswith(":", colon):
        return None
    sign = here.span(colon, colon + 1)
    if value is None or not value.start < colon < value.stop:
        above = _value_above(text, here.start)
        if above is None or not _is_open(text, above, colon):
            return None
        return files.ColonInside(here.span(above, here.stop), sign, in_call=True), None
    start, stop = value.start, value.stop
    if text[start] in "{[":  # in flow style the value is what the commas left of it
        start = max(text.rfind(mark, start, colon) for mark in ("{", "[", ", ")) + 1
        while text[start] == " ":
            start += 1
        inner = _setting(text, start, stop)
        if inner is not None and inner.group("value") is not None:
            start = inner.start("value")
        stop = _balanced(text, start, stop)
    where = here.span(start, max(stop, colon + 1))
    part = text[here.start : value.start].strip().removesuffix(":")
    part = part if part in ("schedules", "let", "run") else ""
    return files.ColonInside(where, sign, _is_open(text, start, colon), part), value


def _quoted(here: _Stop) -> _Cause:
    """Text behind the quotes that were meant to hold it."""
    value = here.value
    if value is None or not value.start < here.at <= value.stop:
        return None
    closed = _QUOTED.match(here.text, value.start, value.stop)
    if closed is None:
        return None
    problem = "the quotes end before the value does"
    cure = "put the whole value inside one pair of quotes"
    return files.NotYaml(here.span(closed.end(), value.stop), problem, cure), value


def _flow(here: _Stop) -> _Cause:
    """A brace or a bracket that is never closed, or closed by the other kind."""
    opened = _opened(here)
    if opened is None:
        return None
    text = here.text
    sign = text[opened]
    closing = "]" if sign == "[" else "}"
    where = here.span(opened, opened + 1)
    below = here.start > opened and _setting(text, here.start, here.stop) is not None
    if here.at_end or below:  # the next line is a setting of its own
        return files.NotYaml(
            where, f"this `{sign}` is never closed", f"close it with `{closing}`"
        ), None
    problem = f"a `,` or `{closing}` belongs here"
    cure = "quote a value that holds brackets, braces, commas or colons"
    beside = Label(where, f"inside this `{sign}`")
    return files.NotYaml(here.span(here.at, here.at + 1), problem, cure, beside), None


def _keyless(here: _Stop) -> _Cause:
    """A line in the column of the keys that is no key: mostly the rest of the value above it."""
    text = here.text
    lines = (_line(text, here.began), _line_above(text, here.start), _line(text, here.at))
    for start, stop in lines:
        above = _line_above(text, start)
        if start > here.start or _setting(text, start, stop):
            continue
        setting = _setting(text, *above)
        margin = stop - start - len(text[start:stop].lstrip())
        if setting is None or margin == stop - start or text.startswith("#", start + margin):
            continue
        if len(setting.group("margin")) == margin:
            where = here.span(start + margin, stop)
            label = Label(here.span(*setting.span("key")), "indent it below this key")
            return files.LineWithoutKey(where, label), None
    return None


def _margin(here: _Stop) -> _Cause:
    """A line that begins between two columns."""
    text = here.text
    margin = here.stop - here.start - len(text[here.start : here.stop].lstrip())
    first = here.start + margin
    before = text[here.start : here.at].strip()
    if first >= here.stop or (before and not text.startswith(":", here.at)):
        return None
    above = _line_above(text, here.start)
    if above == (0, 0):
        return None
    begins = above[1] - len(text[slice(*above)].lstrip())
    if begins - above[0] == margin:
        return None
    label = Label(here.span(begins, above[1]), "the line above begins here")
    return files.BadIndent(here.span(first, here.stop), margin, label), None


# ---- lines -------------------------------------------------------------------------------------


def _line(text: str, at: int) -> tuple[int, int]:
    """The line around an offset, without its end."""
    start = text.rfind("\n", 0, at) + 1
    stop = text.find("\n", at)
    stop = len(text) if stop < 0 else stop
    return start, max(start, start + len(text[start:stop].rstrip()))


def _line_above(text: str, start: int) -> tuple[int, int]:
    """The nearest line above that is neither blank nor a comment; an empty one at the top."""
    while start > 0:
        start, stop = _line(text, start - 1)
        line = text[start:stop].lstrip()
        if line and not line.startswith("#"):
            return start, stop
    return 0, 0


def _setting(text: str, start: int, stop: int, *, items: bool = False) -> re.Match[str] | None:
    """The line as a key with its value, or (`items`) as an item of a list."""
    if stop - start > 2000:  # nobody's line, and the patterns look ahead again and again
        return None
    found = _SETTING.match(text, start, stop)
    return found or (_ITEM.match(text, start, stop) if items else None)


def _value(source: Source, text: str, start: int, stop: int) -> Span | None:
    """The value on a line, if the line is a key with a value or an item of a list."""
    found = _setting(text, start, stop, items=True)
    if found is None or found.group("value") is None:
        return None
    return Span(source, *found.span("value"))


def _value_above(text: str, start: int) -> int | None:
    """Where the value begins that a line may be a part of."""
    for _ in range(20):
        if start <= 0:
            return None
        start, stop = _line(text, start - 1)
        found = _setting(text, start, stop)
        if found is not None:
            return found.start("value") if found.group("value") is not None else None
    return None


def _is_open(text: str, start: int, stop: int) -> bool:
    return text.count("(", start, stop) > text.count(")", start, stop)


def _balanced(text: str, start: int, stop: int) -> int:
    """Where the first comma or bracket stands that a value in a flow mapping does not open."""
    depth = 0
    for at in range(start, stop):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}" or (text[at] == "," and depth == 0):
            if depth == 0:
                return at
            depth -= 1
    return stop


def _opened(here: _Stop) -> int | None:
    """Where the brace or bracket was opened in which the parser stood."""
    text, began, at = here.text, here.began, here.at
    if text.startswith(("{", "["), began) and began < at and "flow" in here.context:
        return began
    if "flow" not in here.context:  # the one word that both parsers use
        return None
    depth = 0
    first = max(0, at - 2000)
    for found in reversed(list(re.finditer(r"[][{}]", text[first:at]))):
        depth += 1 if found.group() in "]}" else -1
        if depth < 0:
            return first + found.start()
    return None
