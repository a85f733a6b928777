"""The vocabulary of a block: the prelude, the peers it names, the files it includes, its own
definitions.

In: a block. Out: the `Vocabulary` its schedules are written in; and every name as facts to show.
The one rule: a library is read when its name stands somewhere, and never before.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from schedc import syntax as ast
from schedc.block import Block, Entry
from schedc.diagnostics import naming
from schedc.diagnostics.base import Finding, Refused
from schedc.format import render, render_definition
from schedc.libraries import PEERS, text_of
from schedc.names import Vocabulary
from schedc.parse import parse_definitions
from schedc.plan import Curve, Recipe
from schedc.prelude import extend, prelude
from schedc.source import Source, Span
from schedc.yamlfile import read_path

_DOTTED = re.compile(rf"(?<![\w.])({'|'.join(PEERS)})\.[^\W\d]")


def vocabulary_of(source: Source, block: Block, findings: list[Finding]) -> Vocabulary:
    """What the schedules of a block may call; faults in definitions are added to `findings`."""
    vocabulary = prelude()
    for peer in sorted(set(peers_named(block))):
        shipped = library(peer)
        vocabulary = Vocabulary(
            {**vocabulary.curves, **shipped.curves}, {**vocabulary.recipes, **shipped.recipes}
        )
    for entry in (*block.includes, *block.defines):
        read = included if entry in block.includes else _defined
        try:
            vocabulary, faults = extend(vocabulary, read(source, entry))
            findings += faults
        except Refused as refused:
            findings.append(refused.finding)
    return vocabulary


def _defined(source: Source, entry: Entry) -> Sequence[ast.Definition]:
    return parse_definitions(entry.text, source, entry.offsets)


def included(source: Source, entry: Entry) -> Sequence[ast.Definition]:
    """The definitions of an included file.

    A path is relative to the file that includes it (to the working directory where there is none).
    Only `.sched` files are read, so that checking a foreign file never shows the text of others;
    such a file holds definitions and cannot include anything itself, so there are no circles.
    """
    path = entry.text.strip()
    if not path.endswith(".sched"):
        raise Refused(naming.NotADefinitionFile(entry.span, path))
    where = (
        os.path.join(os.path.dirname(source.name), path) if os.path.exists(source.name) else path
    )
    try:
        text = read_path(where, path)
    except Refused as refused:
        raise Refused(naming.NoSuchInclude(entry.span, path, refused.finding.message())) from None
    return parse_definitions(Span(text, 0, len(text.text)))


def peers_named(block: Block) -> Iterator[str]:
    entries: list[Entry] = [*block.schedules.values(), *block.lets.values(), *block.run.values()]
    entries += [*block.defines, *block.asserts]
    texts = [entry.text for entry in entries]
    texts += [value.text for group in block.groups for value in group.entries.values()]
    for text in texts:
        if "." in text:
            yield from _DOTTED.findall(text)


@cache
def library(peer: str) -> Vocabulary:
    """The recipes of a peer, from `grammar/peers/`."""
    source = text_of(peer)
    vocabulary, faults = extend(prelude(), parse_definitions(Span(source, 0, len(source.text))))
    assert not faults, [fault.message() for fault in faults]
    own = prelude()
    return Vocabulary(
        {name: c for name, c in vocabulary.curves.items() if name not in own.curves},
        {name: r for name, r in vocabulary.recipes.items() if name not in own.recipes},
    )


# ---- names as facts to show


@dataclass(frozen=True)
class Word:
    """A name of the vocabulary, for lists and explanations.

    kind: `curve` or `recipe`. doc: its first sentence and what else stands above it. parameters:
    as they are written, `cycles = 0.5`. formula: what stands behind the `=`. source: the citation.
    """

    kind: str
    name: str
    doc: str
    parameters: tuple[str, ...]
    formula: str
    requires: tuple[str, ...]
    source: str
    text: str  # the whole definition, in canonical form

    @property
    def line(self) -> str:
        """One line of documentation: the first sentence."""
        return re.split(r"(?<=[.:;]) ", self.doc.replace("\n", " "), maxsplit=1)[0].rstrip(":;")


def word(definition: ast.Definition) -> Word:
    """The facts of one definition."""
    return Word(
        definition.kind,
        definition.name,
        definition.doc,
        tuple(p.span.text for p in definition.parameters),
        render(definition.body),
        tuple(render(condition) for condition in definition.requires),
        definition.source,
        render_definition(definition),
    )


def words(vocabulary: Vocabulary | None = None) -> list[Word]:
    """Every curve and recipe, in the order they are defined; of the prelude by default."""
    known = vocabulary or prelude()
    every: Iterable[Curve | Recipe] = (*known.curves.values(), *known.recipes.values())
    return [word(each.definition) for each in every]


def find(name: str) -> Word | None:
    """The word of a name: of the prelude, or of a peer's library (`transformers.cosine`)."""
    peer = name.partition(".")[0]
    known = library(peer) if peer in PEERS and peer != name else prelude()
    each = known.curves.get(name) or known.recipes.get(name)
    return word(each.definition) if each else None
