"""A client of the language server protocol, small and synchronous, over the pipes of a process."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any

URI = "file:///nowhere/train.yaml"


class Client:
    """Starts `schedc lsp` and speaks with it; every answer is waited for."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "schedc", "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        self.last = 0
        self.version = 0
        self.told: list[dict[str, Any]] = []
        self.abilities = self.ask(
            "initialize", {"processId": None, "rootUri": None, "capabilities": {}}
        )["capabilities"]
        self.tell("initialized", {})

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.ask("shutdown", None)
            self.tell("exit", None)
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
                assert stream is not None
                stream.close()

    def tell(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self.last += 1
        self._send({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self.last and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self.told.append(message)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the server has ended"
        found: dict[str, Any] = json.loads(stream.read(length))
        return found

    # ---- what an editor does

    def open(self, text: str, uri: str = URI) -> list[dict[str, Any]]:
        """Open a text, or replace it; what the server finds in it."""
        self.version += 1
        if self.version == 1 or uri != URI:
            document = {"uri": uri, "languageId": "yaml", "version": self.version, "text": text}
            self.tell("textDocument/didOpen", {"textDocument": document})
        else:
            document = {"uri": uri, "version": self.version}
            changes = [{"text": text}]
            self.tell(
                "textDocument/didChange", {"textDocument": document, "contentChanges": changes}
            )
        return self.found()

    def edit(self, line: int, start: int, stop: int, text: str) -> list[dict[str, Any]]:
        """Replace a part of a line; what the server finds then."""
        self.version += 1
        document = {"uri": URI, "version": self.version}
        where = {
            "start": {"line": line, "character": start}, "end": {"line": line, "character": stop}
        }  # fmt: skip
        changes = [{"range": where, "text": text}]
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
        return self.found()

    def found(self) -> list[dict[str, Any]]:
        """The next diagnostics of the last text."""
        while True:
            message = self.told.pop(0) if self.told else self._receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                found: list[dict[str, Any]] = message["params"]["diagnostics"]
                if message["params"].get("version") in (None, self.version):
                    return found

    def at(self, what: str, line: int, character: int, uri: str = URI) -> Any:
        """`hover`, `completion` or `signatureHelp` at a place."""
        place = {"line": line, "character": character}
        return self.ask(f"textDocument/{what}", {"textDocument": {"uri": uri}, "position": place})
