"""What the author did, where YAML only says what it expected.

In: the place where a parser gave up. Out: one finding, and the value to leave out, where the rest
of the file can be read without it.
The one rule: the parsers' words are not used (two parsers, two wordings, neither about schedules);
the text around the place says what happened.
"""

from __future__ import annotations

import re

import yaml

from schedc.diagnostics.base import Finding, Label
from schedc.diagnostics.files import (
    BadIndent,
    ColonInside,
    CommentInside,
    NeedsQuotes,
    NotYaml,
    TabIndent,
)
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
_NEVER_FIRST = "%@`>|*&!-?,]}"


def explain(source: Source, text: str, error: yaml.MarkedYAMLError) -> tuple[Finding, Span | None]:
    """A finding for the place where `text`, which stands for the text of `source`, is not YAML.

    Beside it the value whose absence would mend the line, or None.
    """
    mark = error.problem_mark or error.context_mark
    at = min(mark.index, len(text)) if mark else 0
    began = min(error.context_mark.index, at) if error.context_mark else at
    line_start, line_stop = _line(text, at)
    value = _value(source, text, line_start, line_stop)

    tab = re.compile(r"[ \t]*\t[ \t]*").match(text, line_start, line_stop)
    if tab and at <= tab.end():
        return TabIndent(Span(source, line_start, tab.end())), None

    if text.startswith(("'", '"'), began) and "\n" not in text[at : at + 1] and at > began:
        return _quotes(source, text, began, at)

    if rest := _after_comment(source, text, line_start, line_stop):
        return rest, None

    if text.startswith((">", "|"), began):  # the parsers stop behind the sign
        start, stop = _line(text, began)
        value = _value(source, text, start, stop)
        if value is not None and value.start == began:
            return NeedsQuotes(value, text[began]), value
    if value is not None and value.start == at and text[at : at + 1] in _NEVER_FIRST:
        return NeedsQuotes(value, text[at]), value

    if text.startswith(":", at) and (line := _around_colon(source, text, at, value)):
        return line

    if value is not None and value.start < at <= value.stop and text[value.start] in "*&!":
        return NeedsQuotes(value, text[value.start]), value
    if value is not None and value.start < at <= value.stop and text[value.start] in "'\"":
        closed = _QUOTED.match(text, value.start, value.stop)
        start = closed.end() if closed else at
        problem = "the quotes end before the value does"
        cure = "put the whole value inside one pair of quotes"
        return NotYaml(Span(source, start, value.stop), problem, cure), value

    if (opened := _opened(text, began, at, error.context or "")) is not None:
        sign = text[opened]
        closing = "]" if sign == "[" else "}"
        where = Span(source, opened, opened + 1)
        if at >= len(text.rstrip()):
            return NotYaml(
                where, f"this `{sign}` is never closed", f"close it with `{closing}`"
            ), None
        beside = Label(where, f"inside this `{sign}`")
        return (
            NotYaml(
                Span(source, at, max(at + 1, min(line_stop, at + 1))),
                f"a `,` or `{closing}` belongs here",
                "quote a value that holds brackets, braces, commas or colons",
                beside,
            ),
            None,
        )

    if not text[line_start:at].strip() and at < line_stop:
        width = at - line_start
        return BadIndent(Span(source, at, line_stop), width, _margin_above(source, text, at)), None
    stop = max(line_stop, at)
    problem = (error.problem or "it cannot be read").replace("found ", "there is ", 1)
    return NotYaml(Span(source, at, stop), f"this is not YAML: {problem}"), value


def _line(text: str, at: int) -> tuple[int, int]:
    """The line around an offset, without its end."""
    start = text.rfind("\n", 0, at) + 1
    stop = text.find("\n", at)
    stop = len(text) if stop < 0 else stop
    return start, max(start, start + len(text[start:stop].rstrip()))


def _value(source: Source, text: str, start: int, stop: int) -> Span | None:
    """The value on a line, if the line is a key with a value or an item of a list."""
    found = _SETTING.match(text, start, stop) or _ITEM.match(text, start, stop)
    if found is None or found.group("value") is None:
        return None
    return Span(source, *found.span("value"))


def _quotes(source: Source, text: str, began: int, at: int) -> tuple[Finding, Span | None]:
    """A quoted value that never ends, or one with a backslash that means nothing."""
    quote = text[began]
    if at >= len(text.rstrip()) or quote == "'":
        line_start, line_stop = _line(text, began)
        value = _value(source, text, line_start, line_stop)
        where = Span(source, began, line_stop)
        return NotYaml(where, "this quote is never closed", f"end the value with `{quote}`"), value
    slash = text.rfind("\\", began, at + 1)
    if slash < 0:
        where = Span(source, at, max(at + 1, _line(text, at)[1]))
        return NotYaml(where, "the text in these quotes cannot go on here"), None
    where = Span(source, slash, slash + 2)
    value = _value(source, text, *_line(text, began))
    cure = "write the backslash twice, or use single quotes"
    problem = f"`{where.text}` means nothing in double quotes"
    return NotYaml(where, problem, cure), value


def _around_colon(
    source: Source, text: str, colon: int, value: Span | None
) -> tuple[Finding, Span | None] | None:
    """`: ` inside an unquoted value; None if the colon is not to blame."""
    line_start, line_stop = _line(text, colon)
    if value is not None and value.start < colon < value.stop:
        start, stop = value.start, value.stop
        if text[start] in "{[":  # in flow style the value is what the commas left of it
            start = max(text.rfind(sign, start, colon) for sign in ("{", "[", ", ")) + 1
            while text[start : start + 1] == " ":
                start += 1
            inner = _SETTING.match(text, start, stop)
            if inner is not None and inner.group("value") is not None:
                start = inner.start("value")
        if text[value.start] in "{[":
            stop = _balanced(text, start, stop)
        in_call = text.count("(", start, colon) > text.count(")", start, colon)
        where = Span(source, start, stop)
        return ColonInside(where, Span(source, colon, colon + 1), in_call), value
    begun = _value_above(text, line_start)
    if begun is not None and text.count("(", begun, colon) > text.count(")", begun, colon):
        where = Span(source, begun, line_stop)
        return ColonInside(where, Span(source, colon, colon + 1), True), None
    above = _margin_above(source, text, line_start)
    if above is not None and not text[line_start:colon].strip().startswith(("-", "?")):
        width = len(text[line_start:colon]) - len(text[line_start:colon].lstrip())
        if width != above.span.start - source.text.rfind("\n", 0, above.span.start) - 1:
            where = Span(source, line_start + width, line_stop)
            return BadIndent(where, width, above), None
    return None


def _value_above(text: str, at: int) -> int | None:
    """Where the value begins that the lines above `at` may belong to."""
    for _ in range(20):
        if at <= 0:
            return None
        start, stop = _line(text, at - 1)
        found = _SETTING.match(text, start, stop)
        if found is not None:
            return found.start("value") if found.group("value") is not None else None
        at = start
    return None


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


def _after_comment(source: Source, text: str, line_start: int, line_stop: int) -> Finding | None:
    """The second half of an unquoted value that a comment cut in two."""
    at = line_stop - len(text[line_start:line_stop].lstrip())
    if at >= line_stop or _SETTING.match(text, line_start, line_stop):
        return None
    above_stop = line_start - 1
    while above_stop > 0:
        start, stop = _line(text, above_stop)
        line = text[start:stop]
        if line.strip() and not line.lstrip().startswith("#"):
            break
        above_stop = start - 1
    else:
        return None
    setting = _SETTING.match(text, start, stop) or _ITEM.match(text, start, stop)
    below_value = text[line_start:line_stop]
    if setting is None or setting.group("value") is None:
        return None
    comment = (
        setting.end("value")
        + len(text[setting.end("value") : stop])
        - len(text[setting.end("value") : stop].lstrip())
    )
    first = text.find("#", stop, line_start) if comment >= stop else comment
    deeper = len(below_value) - len(below_value.lstrip()) > len(setting.group("margin"))
    if not deeper or first < 0 or not text.startswith("#", first):
        return None
    return CommentInside(Span(source, first, _line(text, first)[1]), Span(source, at, line_stop))


def _opened(text: str, began: int, at: int, context: str) -> int | None:
    """Where the brace or bracket was opened in which the parser stood."""
    if text.startswith(("{", "["), began) and began < at:
        return began
    if "flow" not in context:  # the one word that both parsers use
        return None
    depth = 0
    for found in reversed(list(re.finditer(r"[][{}]", text[max(0, at - 2000) : at]))):
        depth += 1 if found.group() in "]}" else -1
        if depth < 0:
            return max(0, at - 2000) + found.start()
    return None


def _margin_above(source: Source, text: str, at: int) -> Label | None:
    """The first key above a line: what its author wanted to line up with."""
    stop = text.rfind("\n", 0, at)
    while stop > 0:
        start, end = _line(text, stop)
        line = text[start:end]
        if line.strip() and not line.lstrip().startswith("#"):
            width = len(line) - len(line.lstrip())
            words = "the line above begins here"
            return Label(Span(source, start + width, end), words)
        stop = start - 1
    return None
