"""The server: what an editor sends, to the compiler and back (`pip install "schedc[lsp]"`).

In: the language server protocol on stdin. Out: its answers on stdout.
The one rule: everything is said in the protocol's places (lines and UTF-16 units from 0) here, and
nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from schedc import __version__
from schedc.checks import Report
from schedc.compiler import Compiled
from schedc.diagnostics.base import Edit, Finding, Level, Refused
from schedc.lsp import reading, telling, words
from schedc.lsp.again import Memory, Placed
from schedc.source import Source, Span
from schedc.worker import Answer, Postponed, Question

LEVELS = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.ADVICE: types.DiagnosticSeverity.Hint,
}
KINDS = {
    "curve": types.CompletionItemKind.Function,
    "recipe": types.CompletionItemKind.Snippet,
    "function": types.CompletionItemKind.Operator,
    "parameter": types.CompletionItemKind.Property,
    "name": types.CompletionItemKind.Variable,
    "unit": types.CompletionItemKind.Unit,
    "clock": types.CompletionItemKind.Constant,
    "key": types.CompletionItemKind.Field,
}


@dataclass
class Checked:
    """An open text with its check, and the blocks of the last text that had any."""

    source: Source
    report: Report
    known: tuple[Placed, ...] = ()
    memory: Memory = field(default_factory=Memory)


@dataclass
class Desk:
    """The open texts, by address, and what sympy has said of joins so far."""

    open: dict[str, Checked] = field(default_factory=dict)
    answers: dict[Question, Answer] = field(default_factory=dict)
    asking: bool = False

    def checked(self, uri: str, text: str, anew: bool = False) -> Checked:
        """The check of a text, made once; `anew`: with the answers that have come since."""
        last = self.open.get(uri)
        if last is not None and last.source.text == text and not anew:
            return last
        source = Source(to_fs_path(uri) or uri, text)
        memory = last.memory if last else Memory(Postponed(answers=self.answers))
        if is_definitions(uri):
            self.open[uri] = Checked(source, definitions_report(source), (), memory)
        else:
            report, placed = memory.check(source)
            self.open[uri] = Checked(source, report, placed or (last.known if last else ()), memory)
        return self.open[uri]


def is_definitions(uri: str) -> bool:
    """Is this a `.sched` file?"""
    return uri.endswith(".sched")


def definitions_report(source: Source) -> Report:
    """The check of a file of definitions."""
    from schedc.parse import parse_definitions
    from schedc.prelude import extend, prelude

    try:
        found = parse_definitions(Span(source, 0, len(source.text)))
    except Refused as refused:
        return Report((refused.finding,))
    return Report(tuple(extend(prelude(), found)[1]))


def block_at(checked: Checked, offset: int) -> Placed | None:
    """The block that an offset belongs to: the last that begins before it, else the first."""
    begun = [placed for placed in checked.known if placed.start <= offset]
    return begun[-1] if begun else checked.known[0] if checked.known else None


def compiled_at(checked: Checked, offset: int) -> Compiled | None:
    """The same, without its place."""
    placed = block_at(checked, offset)
    return None if placed is None else placed.compiled


# ---- places ------------------------------------------------------------------------------------


def position(source: Source, offset: int) -> types.Position:
    """An offset in characters → line and UTF-16 units, from 0."""
    line, column = source.place(min(offset, len(source.text)))
    start = source.line_starts[line - 1]
    units = len(source.text[start : start + column - 1].encode("utf-16-le")) // 2
    return types.Position(line - 1, units)


def offset_of(source: Source, place: types.Position) -> int:
    """Line and UTF-16 units → an offset in characters; behind the end of a line, its end."""
    if place.line >= len(source.line_starts):
        return len(source.text)
    start = source.line_starts[place.line]
    line = source.line(place.line + 1)
    units = line.encode("utf-16-le")[: 2 * place.character]
    return start + len(units.decode("utf-16-le", "ignore"))


def range_of(span: Span) -> types.Range:
    """A stretch of a text, as the protocol says it."""
    return types.Range(position(span.source, span.start), position(span.source, span.stop))


# ---- answers -----------------------------------------------------------------------------------


def diagnostic(uri: str, finding: Finding) -> types.Diagnostic:
    """A finding, with its help and the other places that matter."""
    helped = finding.help()
    related = [
        types.DiagnosticRelatedInformation(types.Location(uri, range_of(label.span)), label.text)
        for label in finding.labels()
        if label.span.source is finding.where.source
    ]
    return types.Diagnostic(
        range=range_of(finding.where),
        message=finding.message() + (f"\nhelp: {helped}" if helped else ""),
        severity=LEVELS[finding.level],
        code=finding.code,
        source="schedc",
        related_information=related or None,
    )


def diagnostics(uri: str, checked: Checked) -> list[types.Diagnostic]:
    """Everything that is to be said about a text; what stands in another file, at its beginning."""
    return [diagnostic(uri, f) for f in checked.report.findings if f.where.source is checked.source]


def completions(uri: str, checked: Checked, offset: int) -> list[types.CompletionItem]:
    """The words that fit at an offset."""
    cursor = _cursor(uri, checked.source, offset)
    written = cursor.unit if cursor.unit is not None else cursor.prefix
    if cursor.key is None and not cursor.expression:
        written = cursor.before.rpartition(" ")[2]
    here = Span(checked.source, offset - len(written), offset)
    items = []
    for at, found in enumerate(words.suggestions(cursor, compiled_at(checked, offset))):
        if not found.label.startswith(written):
            continue
        doc = types.MarkupContent(types.MarkupKind.Markdown, found.doc) if found.doc else None
        items.append(
            types.CompletionItem(
                found.label,
                kind=KINDS[found.kind],
                detail=found.detail or None,
                documentation=doc,
                sort_text=f"{at:04}",
                text_edit=types.TextEdit(range_of(here), found.insert or found.label),
            )
        )
    return items


def hover(uri: str, checked: Checked, offset: int) -> types.Hover | None:
    """What the place means."""
    source = checked.source
    stop = reading.word_at(source.text, offset)[1]
    cursor = _cursor(uri, source, stop)
    told = telling.hover(source, offset, cursor, block_at(checked, offset))
    if told is None:
        return None
    text, start, stop = told
    content = types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.Hover(content, range_of(Span(source, start, stop)))


def signature_help(uri: str, checked: Checked, offset: int) -> types.SignatureHelp | None:
    """What the call around the place takes."""
    cursor = _cursor(uri, checked.source, offset)
    if cursor.call is None or not cursor.expression:
        return None
    found = words.signature(cursor.call, compiled_at(checked, offset))
    if found is None:
        return None
    parameters = [types.ParameterInformation(place) for place in found.parameters]
    doc = types.MarkupContent(types.MarkupKind.Markdown, found.doc)
    shown = types.SignatureInformation(found.label, doc, parameters, found.at)
    return types.SignatureHelp([shown], 0, found.at)


def fixes(uri: str, checked: Checked, wanted: types.Range) -> list[types.CodeAction]:
    """The fixes of the findings that touch a range."""
    low, high = offset_of(checked.source, wanted.start), offset_of(checked.source, wanted.end)
    actions = []
    for finding in checked.report.findings:
        where = finding.where
        if where.source is not checked.source or where.stop < low or where.start > high:
            continue
        fix = finding.fix()
        if fix is None:
            continue
        title = fix.title if fix.safe else f"{fix.title} (changes the schedule)"
        actions.append(
            types.CodeAction(
                title[:1].upper() + title[1:],
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic(uri, finding)],
                is_preferred=fix.safe,
                edit=types.WorkspaceEdit({uri: _edits(fix.edits)}),
            )
        )
    return actions


def _edits(edits: Iterable[Edit]) -> Sequence[types.TextEdit]:
    return [types.TextEdit(range_of(edit.span), edit.text) for edit in edits]


def formatting(checked: Checked) -> list[types.TextEdit]:
    """One edit from the first line that changes to the last; none where all is in form."""
    from schedc.rewrite import formatted

    source = checked.source
    text = formatted(source).text
    if text == source.text:
        return []
    old, new = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start = len("".join(old[:head]))
    stop = start + len("".join(old[head : len(old) - tail]))
    changed = "".join(new[head : len(new) - tail])
    return [types.TextEdit(range_of(Span(source, start, stop)), changed)]


def _cursor(uri: str, source: Source, offset: int) -> reading.Cursor:
    read = reading.definitions_cursor if is_definitions(uri) else reading.cursor
    return read(source.text, offset)


# ---- the protocol ------------------------------------------------------------------------------


def server() -> LanguageServer:
    """A server with a desk of its own."""
    made, desk = LanguageServer("schedc", __version__), Desk()

    def checked(uri: str) -> Checked:
        return desk.checked(uri, made.workspace.get_text_document(uri).source)

    def publish(uri: str, anew: bool = False) -> None:
        document = made.workspace.get_text_document(uri)
        done = desk.checked(uri, document.source, anew)
        made.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, diagnostics(uri, done), version=document.version)
        )
        if done.memory.later.waiting and not desk.asking:
            desk.asking = True
            arguments = (uri, done.memory.later, asyncio.get_running_loop())
            threading.Thread(target=ask, args=arguments, daemon=True).start()

    def ask(uri: str, later: Postponed, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: one question for sympy. Then the text, as it is by now, is checked anew."""
        later.answer(next(iter(later.waiting)))
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(answered, uri)

    def answered(uri: str) -> None:
        desk.asking = False
        waiting = [at for at, text in desk.open.items() if text.memory.later.waiting]
        for at in [uri] * (uri in desk.open) + [at for at in waiting if at != uri]:
            publish(at, anew=True)

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        desk.open.pop(uri, None)
        made.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        found = checked(params.text_document.uri)
        return hover(params.text_document.uri, found, offset_of(found.source, params.position))

    @made.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=["(", ",", " ", "=", "."]),
    )
    def completed(params: types.CompletionParams) -> types.CompletionList:
        found = checked(params.text_document.uri)
        offset = offset_of(found.source, params.position)
        return types.CompletionList(False, completions(params.text_document.uri, found, offset))

    @made.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["(", ","]),
    )
    def signed(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        found = checked(params.text_document.uri)
        offset = offset_of(found.source, params.position)
        return signature_help(params.text_document.uri, found, offset)

    @made.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )
    def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        return fixes(params.text_document.uri, checked(params.text_document.uri), params.range)

    @made.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formed(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        uri = params.text_document.uri
        return [] if is_definitions(uri) else formatting(checked(uri))

    return made
