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


VOCABULARY = [
    "constant(3e-4)",
    "linear(3e-4→1e-6)",
    "linear(0→3e-4)",
    "linear(1e-3→0)",
    "linear(0.3→0.1)",
    "cosine(3e-4→1e-6)",
    "cosine(3e-4→0)",
    "cosine(3e-4→1e-6, cycles=1.5)",
    "cosine(3e-4→0, cycles=2)",
    "cosine(3e-4→0, cycles=7)",
    "cosine(0.04→0.4)",
    "sine(3e-4→0)",
    "sine(1e-6→3e-4)",
    "polynomial(3e-4→0, power=0.9)",
    "polynomial(3e-4→1e-6, power=0.9)",
    "polynomial(3e-4→1e-6, power=3)",
    "polynomial(1e-6→3e-4, power=1.7)",
    "polynomial(1e-6→3e-4, power=0.5)",
    "sqrt(3e-4→0)",
    "sqrt(3e-4→1e-6)",
    "sqrt(1e-6→3e-4)",
    "square(3e-4→0)",
    "square(3e-4→1e-6)",
    "square(0→3e-4)",
    "mirror_cosine(3e-4→0)",
    "mirror_cosine(3e-4→1e-6)",
    "mirror_cosine(1e-6→3e-4)",
    "sigmoid(3e-4→0)",
    "sigmoid(3e-4→1e-6)",
    "sigmoid(1e-6→3e-4, steepness=4)",
    "sigmoid(0→3e-4, steepness=30)",
    "tanh(3e-4→0)",
    "tanh(3e-4→1e-6)",
    "tanh(1e-6→3e-4)",
    "tanh(0→3e-4, low=-7, high=2)",
    "smoothstep(3e-4→0)",
    "smoothstep(1e-6→3e-4)",
    "smoothstep(0→3e-4)",
    "rex(3e-4→0)",
    "rex(3e-4→1e-6)",
    "rex(0→3e-4)",
    "logarithmic(3e-4→0)",
    "logarithmic(0→3e-4)",
    "logarithmic(3e-4→1e-6)",
    "exponential(3e-4→1e-9)",
    "exponential(1e-6→3e-4)",
    "inverse(3e-4→1e-6)",
    "inverse(1e-6→3e-4)",
    "linear(0→3e-4, 100 steps) >> inverse_sqrt",
    "inverse_sqrt(3e-4→, timescale=100 steps)",
    "inverse_time(3e-4→, rate=0.01)",
    "linear(0→3e-4, 100 steps) >> power_law(-0.51)",
    "decay(0.1→, rate=0.97, every=24 steps)",
    "half_life(0.1→, 13 steps)",
    "stairs(3e-4→0, n=7)",
    "stairs(1e-6→3e-4, n=13)",
    "multistep(0.1→, 0.1, 30 steps, 60 steps, 90%)",
    "untuned_exponential(0.999)",
    "noam(7e-4, warmup=300 steps)",
    "wsd(1e-3)",
    "wsd(1e-3, min=1e-5)",
    "onecycle(1)",
    "onecycle(0.1, final_div=1e9)",
    "triangular(0, 1e-3, 10 steps)",
    "triangular(1e-6, 1e-3, 37 steps)",
    "sgdr(0.1, 70 steps)",
    "sgdr(0.1, 10 steps, stretch=1)",
    "sgdr(0.1, 41 steps, stretch=1.1, scale=0.8, min=1e-5)",
    "tri_stage(1e-3)",
    "step_decay(0.1, 0.97, 24 steps)",
    "step_decay(0.1, 0.5, 30 steps)",
    "restart(linear(1e-3→0, 10 steps))",
    "restart(sqrt(1e-3→0, 31 steps), scale=0.7)",
    "take(cosine(3e-4→0, 1M steps), 50%) >> sine(→0)",
    "linear(0→1e-3, 10%) >> cosine(min=1e-6)",
    "every(cosine(1e-3→0), 10 steps)",
    "radam(0.999)",
    "radam(0.95)",
    "radam(0.9)",
    "radam(0.99, to=3e-4)",
    "untuned_linear(0.999, to=3e-4)",
    "untuned_exponential(0.95, to=3e-4)",
]
"""Every curve and recipe, down to a floor, down to 0 and up."""

PEERS_CYCLES = [
    "transformers.cosine(100, 997, num_cycles=1.5, lr=3e-4)",
    "transformers.cosine_with_restarts(100, 997, num_cycles=3, lr=3e-4)",
    "transformers.cosine_with_min_lr(100, 997, lr=1e-3, min_lr_rate=0.1, num_cycles=1.5)",
    "diffusers.cosine(100, 997, num_cycles=2, lr=3e-4)",
    "fairseq.cosine(200, warmup_updates=50, min_lr=1e-6, t_mult=2, lr_shrink=0.5, lr=1e-3)",
    "fairseq2.cosine_annealing(200, 50, cycle_mul=2, lr_mul=0.5, final_lr=1e-6, lr=1e-3)",
    "ignite.LinearCyclicalScheduler(1e-3, 1e-6, 100)",
    "ignite.CosineAnnealingScheduler(1e-3, 0, 100)",
    "keras.CosineDecayRestarts(1e-3, 70, t_mul=2, m_mul=0.8, alpha=0.01)",
    "keras.PolynomialDecay.cycle(0.1, 100, end_learning_rate=1e-4, power=2)",
    "torch.CosineAnnealingWarmRestarts(70, T_mult=2, eta_min=1e-6, lr=0.1)",
    "torch.CyclicLR(1e-5, 1e-2, step_size_up=70, gamma=0.999)",
    "torch.OneCycleLR(0.01, 997)",
    "tensorflow_v1.linear_cosine_decay(0.1, 900, num_periods=1.5)",
    "thinc.cyclic_triangular(1e-6, 1e-3, 70)",
]
"""Schedules of other libraries that go in cycles."""
