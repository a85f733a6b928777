"""What an author claims in `assert:` and is not so. SCH5xx."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from schedc.diagnostics.base import Finding, Level
from schedc.shown import counted


@dataclass(frozen=True)
class AssertionFails(Finding):
    """A line of `assert:` does not hold.

    Why: the line says what the schedule is meant to do. Somebody changed one of the two.

    Example:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(→0)
        assert:
          - lr <= 5e-4
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine(→0)
        assert:
          - lr <= 1e-3
    """

    code: ClassVar[str] = "SCH501"

    claim: str
    update: int | None = None
    left: str = ""
    right: str = ""
    total: int | None = None  # an N for which it fails, in a run without a length
    where_else: str = ""  # the position of a kink or jump
    turn: str = ""  # what happens there

    def message(self) -> str:
        text = f"`{self.claim}` does not hold"
        if self.update is not None:
            text += f" at update {self.update:,}"
        elif self.where_else:
            text += f": at update {self.where_else} {self.turn}"
        if self.left and self.right:
            text += f": {self.left} against {self.right}"
        elif self.left:
            text += f": {self.left}"
        if self.total is None:
            return text
        return f"{text} (in a run of {counted(Fraction(self.total))})"


@dataclass(frozen=True)
class AssertionUndecided(Finding):
    """A line of `assert:` could be neither proved nor refuted.

    Why: what is not proved is not known. Without a length of the run many claims depend on it.

    Example:
        schedules:
          lr: linear(0→1e-3, 10 steps) * cosine(1→0)
        assert:
          - lr <= 1e-3 - 1e-9 / total
    Instead:
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10 steps) * cosine(1→0)
        assert:
          - lr <= 1e-3 - 1e-9 / total
    """

    code: ClassVar[str] = "SCH502"
    level: ClassVar[Level] = Level.WARNING

    claim: str
    reason: str

    def message(self) -> str:
        return f"`{self.claim}` was neither proved nor refuted: {self.reason}"


@dataclass(frozen=True)
class NotAnAssertion(Finding):
    """A line of `assert:` that is no claim.

    Why: a claim compares two values, or says how a schedule moves.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
        assert:
          - falling(lr)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
        assert:
          - decreasing(lr)
    """

    code: ClassVar[str] = "SCH503"

    name: str
    meant: str | None = None

    def message(self) -> str:
        return f"`{self.name}` says nothing of a schedule that could be true or false"

    def help(self) -> str:
        if self.meant:
            return f"did you mean `{self.meant}`?"
        return (
            "write a comparison, `lr <= 1e-3`, or `decreasing(lr)`, `increasing(lr)`, "
            "`smooth(lr, 10%..100%)`, `continuous(lr)`"
        )


@dataclass(frozen=True)
class WrongClaim(Finding):
    """A claim about the motion of a schedule has other arguments than it takes.

    Why: `decreasing` and its like take a schedule and, perhaps, a stretch of the run.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
        assert:
          - decreasing(lr, 10%)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
        assert:
          - decreasing(lr, 10%..100%)
    """

    code: ClassVar[str] = "SCH504"

    name: str

    def message(self) -> str:
        return f"`{self.name}` takes a schedule and, perhaps, a stretch of the run"

    def help(self) -> str:
        return f"write `{self.name}(lr)` or `{self.name}(lr, 10%..100%)`"


@dataclass(frozen=True)
class EmptyStretch(Finding):
    """A stretch of the run that ends before it begins.

    Why: nothing lies in it, so that anything would be true of it.

    Example:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
        assert:
          - decreasing(lr, 50%..10%)
    Instead:
        run: {steps: 100}
        schedules:
          lr: cosine(1e-3→0)
        assert:
          - decreasing(lr, 10%..50%)
    """

    code: ClassVar[str] = "SCH505"

    first: str
    last: str

    def message(self) -> str:
        return f"this stretch begins at update {self.first} and ends at {self.last}"


@dataclass(frozen=True)
class CurveChanged(Finding):
    """A schedule is not what `schedc.lock` says.

    Why: a refactor that changes a curve looks like any other refactor, and its author finds out
    from the loss. Whoever means the change writes the lock again, and a reviewer sees the numbers.
    """

    code: ClassVar[str] = "SCH510"

    name: str
    kind: str  # as in `lock.Changed`; file, unlocked: all of a file, whose path is the name
    update: int | None = None
    before: str = ""
    after: str = ""

    def message(self) -> str:
        match self.kind:
            case "new":
                return f"`{self.name}` is not in the lock"
            case "unlocked":
                return f"no schedule of {self.name} is in the lock"
            case "gone":
                return f"`{self.name}` is in the lock, and not here"
            case "file":
                return f"{self.name} is in the lock, and there is no such file"
            case "moved":
                return (
                    f"`{self.name}` has changed since it was locked: at update {self.update:,} it "
                    f"was {self.before} and is {self.after}"
                )
            case "longer":
                return (
                    f"`{self.name}` has changed since it was locked: its run had {self.before} "
                    f"updates and has {self.after}"
                )
            case "reordered":
                return f"`groups` is read otherwise than when it was locked: {self.after}"
            case "edited" if self.update is None:
                return f"somebody edited what the lock says of `{self.name}`"
            case "edited":
                return (
                    f"the lock says that `{self.name}` is {self.before} at update "
                    f"{self.update:,}; the function that it holds is {self.after} there, so "
                    "somebody edited the lock"
                )
        return f"`{self.name}` is another formula than was locked, though no kept value moved"

    def help(self) -> str:
        if self.kind == "edited":
            return "run `schedc lock` and commit the lock; it is never edited by hand"
        return "if it is meant, run `schedc lock` and commit the lock"
