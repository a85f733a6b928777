"""Fuzz by coverage: `python tests/fuzz/cover.py parse -max_total_time=600`; needs `atheris`.

In: what to fuzz (`parse`, `document` or `check`), then options of libFuzzer; `-seed=1` makes a run
that can be repeated, a folder as the last word keeps what was found worth keeping. Out: libFuzzer's
own account; the first failure ends the run and is written to a file `crash-…`.
The one rule: bytes are read as a file is (not all of them are text), and what is read must keep the
promises of `properties`. The corpus to begin with is that of `made.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["schedc"]):
        from made import corpus
        from properties import examine, parsed, read

        from schedc.diagnostics.base import Refused
        from schedc.document import decode

    def text_of(content: bytes) -> str:
        try:
            return decode(content, "main.yaml").text
        except Refused:
            return ""

    def parse(content: bytes) -> None:
        text = text_of(content)
        for kind in range(4):
            parsed(text, kind)

    def document(content: bytes) -> None:
        read(content)

    def check(content: bytes) -> None:
        examine(text_of(content), values=False)

    targets = {"parse": parse, "document": document, "check": check}
    if len(sys.argv) < 2 or sys.argv[1] not in targets:
        sys.exit(f"{__doc__.splitlines()[0]}\nwhat to fuzz: {', '.join(targets)}")
    target = targets[sys.argv.pop(1)]
    known = corpus()
    begun = [*known.files, *(known.definitions if target is parse else ())]
    with TemporaryDirectory() as folder:
        for number, text in enumerate(begun):
            (Path(folder) / str(number)).write_text(text, "utf-8")
        given = ["-timeout=120", "-rss_limit_mb=1024", "-max_len=4096"]
        atheris.Setup([sys.argv[0], *given, *sys.argv[1:], folder], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
