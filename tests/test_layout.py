"""How phases tile the run: exactly, for every N, and the same with a horizon as without."""

from fractions import Fraction

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from schedules import schedules, sequences

from schedc import lengths
from schedc.block import Block, Entry
from schedc.compiler import Compiled, compile_block
from schedc.diagnostics.base import Finding, Level
from schedc.diagnostics.values import FloorAboveStart
from schedc.expr import Expr, TooLarge, exactly, num
from schedc.facts import told
from schedc.lengths import keep_digits, title
from schedc.numeric import numerically
from schedc.plan import Formula, Plan
from schedc.program import Track
from schedc.source import Source, Span


def compiled(text: str, **facts: object) -> Compiled:
    source = Source("<test>", text)
    span = Span(source, 0, len(text))
    entry = Entry("lr", text, 0, span, span, span, "")
    block = Block((), {"lr": entry}, {}, (), {}, (), (), (), (), span, {})
    return compile_block(source, block, [told(n, v) for n, v in facts.items()])


def faults(text: str, **facts: object) -> list[Finding]:
    """Errors and warnings; what `check` shows without being asked for advice."""
    return [f for f in compiled(text, **facts).findings if f.level > Level.ADVICE]


def track(text: str, **facts: object) -> Track:
    done = compiled(text, **facts)
    assert "lr" in done.tracks, [f.message() for f in done.findings]
    return done.tracks["lr"]


def boundaries(of: Track, total: int | None = None) -> list[Fraction]:
    case = of.only if total is None else of.case(total)
    assert case is not None
    env = {} if total is None else {"total": Fraction(total)}
    found = [exactly(p.start, env) for p in case.pieces] + [exactly(case.pieces[-1].stop, env)]
    assert all(f is not None for f in found)
    return [f for f in found if f is not None]


@settings(max_examples=200, deadline=None)
@given(sequences(20), st.integers(1000, 20_000))
def test_phases_tile_the_run_exactly(text: str, total: int) -> None:
    done = compiled(text, steps=total)
    if "lr" not in done.tracks:  # more than the run has room for: refused with the arithmetic
        codes = {f.code for f in done.findings if f.level > Level.WARNING}
        assert codes <= {"SCH301", "SCH302"}
        return
    case = done.tracks["lr"].only
    assert boundaries(done.tracks["lr"])[0] == 0
    assert boundaries(done.tracks["lr"])[-1] == total
    for one, other in zip(case.pieces, case.pieces[1:], strict=False):
        assert one.stop == other.start
        assert exactly(one.start, {}) < exactly(one.stop, {})  # type: ignore[operator]


@settings(max_examples=150, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(schedules(), st.data())
def test_every_n_is_laid_out_as_that_n_alone(text: str, data: st.DataObject) -> None:
    """Without a horizon each case, at any N it admits, is what that N alone gives; and an N that no
    case admits is refused alone too."""
    free = compiled(text)
    if "lr" not in free.tracks:
        codes = {f.code for f in free.findings if f.level > Level.ADVICE}
        assert codes <= {"SCH301", "SCH302", "SCH310"}, codes
        return
    of = free.tracks["lr"]
    edges = [n for c in of.cases for n in (c.low, c.high) if n is not None]
    near = [n + d for n in edges for d in (-1, 0, 1) if n + d > 0]
    total = data.draw(st.one_of(st.sampled_from(near), st.integers(1, 5000)))
    alone = compiled(text, steps=total)
    case = of.case(total)
    assert (case is None) == ("lr" not in alone.tracks)
    if case is None:
        return
    single = alone.tracks["lr"].only
    assert boundaries(of, total) == boundaries(alone.tracks["lr"])
    for mine, its in zip(case.pieces, single.pieces, strict=True):
        start, stop = exactly(its.start, {}), exactly(its.stop, {})
        assert start is not None and stop is not None
        for k in {start, (start + stop) / 2}:
            there = alone.tracks["lr"].value(k)
            here = of.value(k, total)
            assert abs(here - there) <= abs(there) * 10**-40
        for a, b in ((mine.first, its.first), (mine.last, its.last)):
            here = numerically(a, {"total": Fraction(total)})
            assert abs(here - numerically(b, {})) <= 10**-40


@pytest.mark.parametrize(
    ("text", "total", "wanted"),
    [
        ("linear(0→1, 7%) >> constant", 100, [0, 7, 100]),
        ("linear(0→1, 29%) >> constant", 100, [0, 29, 100]),
        ("linear(0→1, floor(5%)) >> constant", 50, [0, 2, 50]),
        ("linear(0→1, 20%) >> constant", 135, [0, 27, 135]),
        ("linear(0→1, 10%) >> constant", 135, [0, Fraction(27, 2), 135]),
        ("linear(0→1, 30% - 1 step) >> constant", 100, [0, 29, 100]),
        ("linear(0→1, 2*floor(7%)) >> constant", 110, [0, 14, 110]),
        ("linear(0→1, min(10%, 5 steps)) >> constant", 100, [0, 5, 100]),
        ("linear(0→1, max(10%, 5 steps)) >> constant", 100, [0, 10, 100]),
        ("linear(0→1, 2 steps) >> constant >> linear(→0, 20%)", 100, [0, 2, 80, 100]),
        ("linear(0→1, rest/4) >> linear(→0, rest/4) >> linear(→2)", 100, [0, 25, 50, 100]),
        ("linear(0→1, until 30%) >> linear(→0, 10 steps) >> linear(→2)", 100, [0, 30, 40, 100]),
        ("linear(0→1, 10 steps) >> constant(until 50%) >> linear(→2)", 100, [0, 10, 50, 100]),
        ("linear(0→1) >> constant(1, 5 steps) >> linear(→2, until 50%) >> linear(→0)", 100, None),
        ("repeat(linear(0→1, 10 steps) >> linear(→0, 10 steps))", 45, [0, 10, 20, 30, 40, 45]),
        ("restart(linear(1→0), times=3, stretch=2)", 70, [0, 10, 30, 70]),
        (
            "restart(linear(1→0, 10 steps), times=3, stretch=2) >>! constant(1)",
            100,
            [0, 10, 30, 70, 100],
        ),
        ("phase(3 + u, 10 steps) >> linear(→0)", 20, [0, 10, 20]),
        ("(linear(0→1, 10 steps) >> linear(→2, 10 steps)) >> linear(→0)", 50, [0, 10, 20, 50]),
    ],
)
def test_boundaries(text: str, total: int, wanted: list[Fraction] | None) -> None:
    if wanted is None:
        assert "SCH303" in {f.code for f in faults(text, steps=total)}
    else:
        assert boundaries(track(text, steps=total)) == wanted


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # what an element hands on, and where an update belongs
        ("linear(0→1, 10 steps) >> linear(→3)", {0: 0, 5: "1/2", 10: 1, 15: 2, 20: 3, 99: 3}),
        ("linear(0→2, 0 steps) >> linear(→0)", {0: 2, 10: 1}),
        ("linear(1→2, 10 steps) >> constant(0 steps) >> linear(→0)", {9: "19/10", 10: 2, 15: 1}),
        ("linear(0→1, 10 steps) * linear(2→0)", {0: 0, 5: "3/4", 10: 1, 15: "1/2"}),
        ("every(linear(0→1), 4 steps)", {0: 0, 3: 0, 4: "1/5", 19: "4/5", 20: "4/5", 50: "4/5"}),
        ("extend(linear(0→1, 10 steps))", {10: 1, 15: "3/2", 20: 2, 30: 2}),
        ("take(linear(0→1, 40 steps), 10 steps) >> linear(→0)", {10: "1/4", 15: "1/8", 20: 0}),
        ("linear(0→1, 10 steps) >>! global(linear(1→0))", {5: "1/2", 10: "1/2", 15: "1/4"}),
        (
            "restart(linear(1→0, 5 steps), times=2, scale=0.5) >> constant",
            {4: "1/5", 5: "1/2", 15: 0},
        ),
        (
            "repeat(linear(0→1, 5 steps) >> linear(→0, 5 steps), times=2)",
            {5: 1, 10: 0, 15: 1, 20: 0},
        ),
        ("stairs(0→1, 4)", {0: 0, 4: 0, 5: "1/4", 19: "3/4", 20: 1}),
        ("decay(1→, 0.5, 5 steps)", {0: 1, 5: "1/2", 10: "1/4", 20: "1/16"}),
        ("linear(1→0.5*from)", {20: "1/2"}),
        ("step / 4 + t + length + start + total", {0: 40, 4: 45}),
        ("clamp(linear(0→1), 0.25, 0.5)", {0: "1/4", 8: "2/5", 15: "1/2"}),
        ("mod(step, 3)", {2: 2, 3: 0, 7: 1}),
        ("constant(1/3)", {0: "1/3", 20: "1/3"}),
    ],
)
def test_values(text: str, values: dict[int, int | str]) -> None:
    of = track(text, steps=20)
    assert {k: of.exact(k) for k in values} == {k: Fraction(v) for k, v in values.items()}


def test_conditions_on_n_are_found() -> None:
    of = track("linear(0→1e-3, 2k steps) >> cosine")
    assert [(c.low, c.high) for c in of.cases] == [(2001, None)]
    of = track("linear(0→1, 2k steps) >> constant >> linear(→0, 20%)")
    assert [(c.low, c.high) for c in of.cases] == [(2500, 2500), (2501, None)]
    of = track("linear(0→1, min(10%, 500 steps)) >> cosine")
    assert [(c.low, c.high) for c in of.cases] == [(1, 5000), (5001, None)]


@pytest.mark.parametrize(
    ("text", "facts", "code"),
    [
        ("linear(0→1, 60%) >> cosine(→0, 5000 steps)", {"steps": 10_000}, "SCH301"),
        ("linear(0→1, 60%) >> cosine(→0, 50%)", {}, "SCH301"),
        ("linear(0→1, 100%) >> cosine", {"steps": 100}, "SCH302"),
        ("linear(0→1) >> cosine", {"steps": 100}, "SCH303"),
        ("linear(0→1, 10%) >> cosine(→0, 2000 steps)", {"steps": 10_000}, "SCH304"),
        ("linear(0→1, 50%) >> constant(until 20%) >> linear(→0)", {"steps": 100}, "SCH305"),
        ("linear(1→2, until 0 steps)", {"steps": 100}, "SCH302"),
        ("linear(1→2, until 5% - 1 step)", {"steps": 1}, "SCH305"),
        ("2 * linear(1→2, until 5% - 1 step)", {"steps": 1}, "SCH305"),
        ("linear(0→1, 10% - 20 steps) >> constant", {"steps": 100}, "SCH307"),
        ("half_life(1→, 10% - 20 steps)", {"steps": 100}, "SCH307"),
        ("multistep(1→, 0.1, 9 steps, 10% - 20 steps)", {"steps": 100}, "SCH307"),
        ("linear(0→1, 5 steps) >> inverse_sqrt(10% - 20 steps)", {"steps": 100}, "SCH307"),
        ("linear(0→1, 0 steps) >> cosine", {"steps": 100}, "SCH308"),
        ("take(linear(0→1), 50%) >> constant", {"steps": 100}, "SCH309"),
        ("repeat(linear(0→1, 10 steps))", {}, "SCH310"),
        ("linear(0→1, 2 * floor(50%)) >> linear(→0)", {}, "SCH310"),
        ("2*cosine(→0)", {"steps": 100}, "SCH218"),
        ("cosine(→0)", {"steps": 100}, "SCH218"),
        ("exponential(0→1)", {"steps": 100}, "SCH228"),
        ("linear(0→1, 1B tokens) >> constant", {"steps": 100}, "SCH338"),
    ],
)
def test_what_cannot_be_laid_out_is_one_finding(
    text: str, facts: dict[str, object], code: str
) -> None:
    found = [f.code for f in compiled(text, **facts).findings if f.level > Level.ADVICE]
    assert found == [code]


def test_the_uncovered_part_is_named() -> None:
    findings = compiled("linear(0→1, 10%) >> cosine(→0, 2000 steps)", steps=10_000).findings
    (found,) = [f for f in findings if f.level > Level.ADVICE]
    assert "70%" in found.message()


def test_the_arithmetic_is_shown() -> None:
    (found,) = faults("linear(0→1, 60%) >> cosine(→0, 5000 steps)", steps=10_000)
    for amount in ("6,000", "5,000", "10,000", "1,000 updates longer"):
        assert amount in found.message()


@pytest.mark.parametrize("length", [1, 59, 60, 61, 200])
def test_a_long_part_is_named_by_its_beginning(length: int) -> None:
    text = "x" * length
    part = Formula(num(1), Span(Source("<test>", text + " >> y"), 0, length))
    assert title(part) == (text if length <= 60 else "x" * 57 + "…")


def test_rounds_that_add_too_many_digits_are_refused() -> None:
    keep_digits(num(2), 2500)
    keep_digits(num(Fraction(1, 3)), 2500)
    keep_digits(num(1), 10**9)
    keep_digits(num(4), 1666)
    for stretch, rounds in ((num(2), 2501), (num(Fraction(1, 3)), 2501), (num(4), 1667)):
        with pytest.raises(TooLarge):
            keep_digits(stretch, rounds)


def test_what_stands_in_brackets_is_measured_once_however_deep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each level asks where those in it end: as often for each of twelve as for each of three."""
    asked: list[Plan] = []
    end_of = lengths._end_of

    def counted(lay: lengths.Layout, plan: Plan, start: Expr, within: lengths.Within) -> Expr:
        asked.append(plan)
        return end_of(lay, plan, start, within)

    monkeypatch.setattr(lengths, "_end_of", counted)

    def measured(levels: int) -> int:
        text = "linear(0→1, 1 step)"
        for level in range(levels):
            text = f"2 * ({text} >>! 3 * constant({level}, 1 step))"
        asked.clear()
        assert compiled(text, steps=100).tracks
        return len(asked)

    assert measured(12) - measured(3) == 9 * (measured(3) - measured(2))


def test_without_the_length_of_the_run_a_sample_is_of_the_phase_it_is_taken_in() -> None:
    """Both phases are 10 updates long and sampled alike; their formulas differ."""
    phases = "phase(step / total, 10 steps) >>! phase(1 + 3 * step / total, 10 steps)"
    of = track(f"every({phases}, 5 steps) >>! constant(0)")
    for k, value in ((0, 0), (5, 5), (9, 5), (10, 158), (17, 173), (19, 173)):
        assert of.value(k, 128) == value / 128
    held = [numerically(p.last, {"total": Fraction(128)}) for p in of.cases[-1].pieces]
    assert held == [5 / 128, 173 / 128, 0]


@pytest.mark.parametrize(
    ("text", "of_recipe"), [("cosine(1→, min=2)", False), ("wsd(1, min=2)", True)]
)
def test_a_floor_above_the_start_is_told_of_the_curve_or_the_recipe(
    text: str, of_recipe: bool
) -> None:
    (found,) = faults(text, steps=100)
    assert isinstance(found, FloorAboveStart) and found.of_recipe == of_recipe


@pytest.mark.parametrize("facts", [{}, {"steps": 1000}])
def test_a_length_that_is_no_fraction_is_told_as_such(facts: dict[str, int]) -> None:
    """With or without the length of the run, which would not help."""
    for text, at in (
        ("linear(0→1, sqrt(2) * 10 steps) >> cosine", "14.1421…"),
        ("linear(0→1, log(8) * 10 steps) >> cosine", "20.7944…"),
        ("linear(0→1, 10 steps) >> linear(→0, 10 steps * exp(1)) >> constant", "27.1828…"),
    ):
        (finding,) = [f for f in compiled(text, **facts).findings if f.level == Level.ERROR]
        assert finding.code == "SCH316"
        assert f"at {at}" in finding.message()


@pytest.mark.parametrize("facts", [{}, {"steps": 1000}])
def test_a_length_that_is_rounded_may_be_any_number(facts: dict[str, int]) -> None:
    laid = compiled("linear(0→1, round(sqrt(2) * 10 steps)) >> cosine", **facts)
    assert not [f for f in laid.findings if f.level == Level.ERROR]
    assert laid.tracks["lr"].cases[-1].pieces[0].stop == num(14)


@pytest.mark.parametrize(
    ("text", "steps", "said"),
    [
        ("linear(0→1, 5 steps) >> linear(→0, 6 steps)", 10, "1 update longer than the run"),
        ("linear(0→1, 5 steps) >> linear(→0, 7 steps)", 10, "2 updates longer than the run"),
        ("linear(0→1, 6 steps) >> constant >> linear(→0, 5 steps)", 10, "is 1 update too short"),
        ("linear(0→1, 9.5 steps) >> constant >> linear(→0, 1 step)", 10, "is 0.5 updates too"),
    ],
)
def test_one_update_is_no_updates(text: str, steps: int, said: str) -> None:
    (finding,) = [f for f in compiled(text, steps=steps).findings if f.level == Level.ERROR]
    assert said in finding.message()


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("linear(to/4→1)", (Fraction(1, 4), Fraction(1))),
        ("linear(1→from/4)", (Fraction(1), Fraction(1, 4))),
        ("constant(8, 10 steps) >>! linear(from/2→from/4)", (Fraction(4), Fraction(1))),
        ("constant(8, 10 steps) >>! linear(from + to→2)", (Fraction(10), Fraction(2))),
    ],
)
def test_an_end_of_a_range_may_be_written_with_the_other(text: str, ends: object) -> None:
    piece = track(text, steps=100).cases[0].pieces[-1]
    assert (exactly(piece.first, {}), exactly(piece.last, {})) == ends


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("constant(to)", ["SCH202"]),  # it has no end that could be meant
        ("linear(0→1, 10%) >>! constant(2*to)", ["SCH202"]),
        ("multistep(to→, factor=0.3, at=7 steps)", ["SCH202"]),
        ("linear(1→to/2)", ["SCH231"]),
        ("linear(to/2→from/2)", ["SCH231"]),
        ("linear(to→from, 10%) >> constant", ["SCH231"]),
        ("linear(from→1)", ["SCH218"]),
        ("2*linear(from→1)", ["SCH218"]),
    ],
)
def test_an_end_of_a_range_that_says_nothing_is_refused(text: str, codes: list[str]) -> None:
    """They were a crash, or 0 in silence."""
    assert [f.code for f in faults(text, steps=100)] == codes
