"""Random schedules as authors write them, for the laws. Values are never symmetric on purpose: a
join of equal constants cannot catch a wrong offset."""

from __future__ import annotations

from hypothesis import strategies as st

VALUES = ["3e-4", "7e-5", "1.7e-3", "0.23", "1.9", "5e-2", "11", "0.0013"]
LEVELS = st.sampled_from(VALUES)

moving = st.sampled_from(
    [
        "linear({r}{s})",
        "cosine({r}{s})",
        "cosine({r}{s}, cycles=1.5)",
        "polynomial({r}{s}, power=2)",
        "polynomial({r}{s}, power=0.6)",
        "exponential({r}{s})",
        "sqrt({r}{s})",
    ]
)


@st.composite
def lengths(draw: st.DrawFn, units: tuple[str, ...] = ("%", "steps")) -> str:
    """A short length: shares of at most 9%, or a few updates."""
    unit = draw(st.sampled_from(units))
    if unit == "%":
        return f"{draw(st.sampled_from(['1', '2.5', '7', '3', '9', '0.5']))}%"
    return f"{draw(st.integers(1, 40))} steps"


@st.composite
def sequences(
    draw: st.DrawFn, most: int = 8, units: tuple[str, ...] = ("%", "steps"), jumps: bool = False
) -> str:
    """`A >> B >> …` with inherited starts, continuous by construction unless `jumps`."""
    count = draw(st.integers(1, most))
    taker = draw(st.integers(0, count - 1))
    parts: list[str] = []
    for index in range(count):
        span = "" if index == taker else ", " + draw(lengths(units))
        if draw(st.integers(0, 4)) == 0 and index:
            parts.append(f"constant({span[2:]})" if span else "constant")
            continue
        start = draw(LEVELS) if index == 0 or (jumps and draw(st.booleans())) else ""
        shape = draw(moving)
        parts.append(shape.format(r=f"{start}→{draw(LEVELS)}", s=span))
    joins = [
        " >>! " if jumps and draw(st.integers(0, 3)) == 0 else " >> " for _ in range(count - 1)
    ]
    out = parts[0]
    for join, part in zip(joins, parts[1:], strict=True):
        out += join + part
    return out


@st.composite
def schedules(draw: st.DrawFn, units: tuple[str, ...] = ("%", "steps")) -> str:
    """Sequences, products and sums of them, repeats and samples."""
    kind = draw(
        st.sampled_from(["sequence", "sequence", "product", "sum", "repeat", "every", "min"])
    )
    one = draw(sequences(5, units))
    if kind == "sequence":
        return one
    other = draw(sequences(4, units))
    if kind == "product":
        return f"({one}) * ({other}) * {draw(LEVELS)}"
    if kind == "sum":
        return f"({one}) + {draw(LEVELS)} * ({other})"
    if kind == "min":
        return f"{draw(st.sampled_from(['min', 'max']))}({one}, {other})"
    if kind == "repeat":
        scale = draw(
            st.sampled_from(["", ", scale=0.7", ", stretch=1.5", ", scale=0.9, stretch=2"])
        )
        return f"restart({one}, times={draw(st.integers(1, 4))}{scale})"
    return f"every({one}, {draw(st.sampled_from(['3%', '7 steps', '2.5 steps']))})"
