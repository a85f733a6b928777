"""Hostile inputs: what somebody would write to make the compiler hang, crash or eat memory.

In: nothing. Out: `HOSTILE`: name → the files of a project, of which `main.yaml` is checked; `ANSWERS`:
name → the codes of errors and warnings that answer it. What is not there is large but right.
"""

# ruff: noqa: E501  # the inputs are long on purpose
from __future__ import annotations


def of(lr: str, run: str = "{steps: 10_000}", more: str = "") -> str:
    """A block with one schedule, written as a block scalar: YAML sees no quotes or commas in it."""
    return f"run: {run}\n{more}schedules:\n  lr: |\n    {lr}\n"


def lets(rows: list[str], lr: str) -> str:
    return of(lr, more="let:\n" + "".join((f"  a{i}: {row}\n" for i, row in enumerate(rows))))


def laughs(levels: int) -> str:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(rows) + "\n"


TOWERS = {
    "tower": of("linear(0→9^9^9^9)"),
    "tower of small numbers": of("linear(0→2^-9^9^9)"),
    "tower of exponentials": of("linear(0→exp(exp(exp(9))))"),
    "tower of negative exponentials": of("linear(0→exp(-exp(exp(9))))"),
    "tower of roots": of("linear(0→(1/9)^(9^9^9))"),
    "tower of fractions": of("linear(0→0.999999^1e300)"),
    "tower that moves": of("phase(9^9^(9*u) , 50%)"),
    "exponentials that move": of("exp(exp(exp(9*u)))"),
    "tower of clocks": of("step^step^step^step"),
    "a million digits in a sum": of(" + ".join(["1/3^9999"] * 3)),
    "coprime denominators": of(" + ".join(f"1/{p}^9001" for p in (3, 7, 11, 13, 17, 19))),
    "a root of a tower": of("linear(0→(7^9000)^(1/64))"),
    "a power of irrational": of("linear(0→(sqrt(2)+1)^10000)"),
    "a huge power of a clock": of("u^9999"),
    "a huge fraction of a power": of("linear(1→0) ^ (99999999999/100000000000)"),
    "power of pi": of("linear(0→pi^99999)"),
    "powers of nested sums": of("((((1+u)^6+1)^6+1)^6+1)^6"),
    "sine of a huge number": of("linear(0→2+sin(9^9000))"),
    "log of a huge number": of("linear(0→log(9^9000))"),
    "mod of huge numbers": of("linear(0→1+mod(9^9000, pi))"),
    "stretch of a power": of("restart(linear(1→0, 1 step), stretch=9^9999)"),
}
SIZES = {
    "a long number": of("linear(0→" + "9" * 100000 + ")"),
    "a long fraction": of("linear(0→0." + "9" * 100000 + ")"),
    "a long exponent": of("linear(0→1e" + "9" * 100000 + ")"),
    "a large exponent": of("linear(0→1e999999999)"),
    "long digits in the run": of("linear(1→0)", "{steps: " + "9" * 10000 + "}"),
    "large exponent in the run": of("linear(1→0)", "{steps: 1e99999999}"),
    "a million digits of base sixteen": of("linear(0→0x" + "f" * 1000000 + ")"),
    "a million digits of no number": of("linear(0→1e" + "ea" * 500000 + ")"),
    "a million digits in the run": of("linear(1→0)", "{steps: 0x" + "f" * 1000000 + "}"),
    "a hundred thousand combining marks": of("linear(1→0)" + "\u0301" * 100000),
    "millions of empty lines": of("linear(1→0)") + "\n" * 9000000,
    "deep brackets": of("(" * 100000 + "1" + ")" * 100000),
    "open brackets": of("(" * 100000),
    "deep calls": of("abs(" * 50000 + "1" + ")" * 50000),
    "deep signs": of("-" * 100000 + "1"),
    "deep powers": of("^".join(["1"] * 50000)),
    "deep sum": of("+".join(["u"] * 50000)),
    "a long sum": of("+".join(["u"] * 190)),
    "deep repeat": of("repeat(" * 90 + "linear(1→0, 1 step)" + ", times=2)" * 90),
    "many repeats": of("restart(" * 9 + "linear(1→0, 1 step)" + ", times=9)" * 9),
    "many arguments": of("min(" + ", ".join(f"{i}*u" for i in range(1, 20000)) + ")"),
    "many stairs": of("stairs(1→0, n=1e9)"),
    "a long name": of("a" * 1000000),
    "a wide sequence": of(" >> ".join(["linear(0→1, 1 step)"] * 3000)),
    "a file of commas": "," * 1000000,
    "a file of dashes": "- " * 500000,
    "a file of brackets": "[" * 1000000,
    "a file of braces": "{" * 1000000,
    "a file of anchors": "".join(f"&a{i} " for i in range(50000)),
    "a file of question marks": "? " * 500000,
    "a large file": of("linear(1→0)") + "#" * 11000000,
    "many schedules": "run: {steps: 100}\nschedules:\n"
    + "".join(f"  s{i}: linear(1→0)\n" for i in range(1000)),
    "thousands of schedules": "run: {steps: 100}\nschedules:\n"
    + "".join(f"  s{i}: linear({i + 1}→0)\n" for i in range(3000)),
    "one group many times": of("linear(1→0)")
    + "groups:\n  - &g {match: 'a.*', lr: 0.5*lr}\n"
    + "  - *g\n" * 20000,
    "curves that name one another": "run: {steps: 100}\ndefine: |\n"
    + "".join(f"  curve c{i} = c{(i + 1) % 3000} + c{(i + 7) % 3000}\n" for i in range(3000))
    + "schedules: {lr: c0(1→0)}\n",
    "recipes that name one another": "run: {steps: 100}\ndefine: |\n"
    + "".join(f"  recipe c{i} = c{(i + 1) % 3000} >> c{(i + 7) % 3000}\n" for i in range(3000))
    + "schedules: {lr: c0}\n",
    "many unknown names": "run: {steps: 100}\nschedules:\n"
    + "".join(f"  s{i}: linnear(1→0)\n" for i in range(2000)),
    "many near names": "run: {steps: 100}\nlet:\n"
    + "".join(f"  abcdefgh{i}: {i}\n" for i in range(2000))
    + "schedules:\n  lr: abcdefgh9999x\n",
    "a tab of every kind": of("linear(1→0)\t\t\t\u2028\u2029\x85"),
    "thousands of errors": of("linear(1→0) >> " + " ".join(["?"] * 10000)),
}
YAML = {
    "billion laughs": laughs(9) + of("linear(1→0)"),
    "billion laughs in schedules": laughs(9) + "run: {steps: 10}\nschedules: *a8\n",
    "billion laughs in let": laughs(9) + of("x", more="let: {x: *a8}\n"),
    "laughing mappings": "a0: &a0 {run: {steps: 9}, schedules: {lr: linear(1→0)}}\n"
    + "".join(
        f"a{i}: &a{i} {{x: *a{i - 1}, y: *a{i - 1}, z: *a{i - 1}}}\n" for i in range(1, 40)
    ),
    "an alias of itself": "a: &a [*a, *a]\n" + of("linear(1→0)"),
    "a block within itself": "a: &a\n  run: {steps: 10}\n  schedules: {lr: linear(1→0)}\n  b: *a\n",
    "a merge of itself": "a: &a {<<: *a, x: 1}\n" + of("linear(1→0)"),
    "merges that double": "m0: &m0 {lr: linear(1→0)}\n"
    + "".join(f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}]}}\n" for i in range(1, 40))
    + "run: {steps: 10}\nschedules: {<<: *m39}\n",
    "deep flow": "[" * 5000 + "]" * 5000,
    "deep lines": "\n".join(" " * i + "a:" for i in range(2000)),
    "a python tag": "a: !!python/object/apply:os.system [exit]\n" + of("linear(1→0)"),
    "zero bytes": "run: {steps: 10}\nschedules:\n  lr: lin\x00ear(1→0)\n",
    "control characters": "run: {steps: 10}\nschedules:\n  lr: lin\x1bear(1→0)\n",
    "a byte order mark within": of("lin\ufeffear(1→0)"),
    "turned text": of("linear(1\u202e→0)"),
    "letters that look alike": of("lіnear(1→0)"),
    "digits of another script": of("linear(١→0)"),
    "fullwidth digits": of("linear(１→0)"),
    "superscripts": of("linear(1→0) * 2²"),
    "combining marks": of("linear(1→0)" + "́" * 10000),
    "wide letters": of("😀 >> linear(1→0)"),
    "invisible letters": of("linear\u200b(1→0)"),
    "an empty file": "",
    "only a mark": "\ufeff",
    "only documents": "---\n" * 100000,
    "a name that is a number": "run: {steps: 10}\nschedules: {1: linear(1→0), 1.5: linear(1→0), true: 1}\n",
    "keys that are lists": "run: {steps: 10}\nschedules: {[1, 2]: linear(1→0), {a: b}: 1}\n",
    "the same key": "run: {steps: 10}\nschedules:\n" + "  lr: linear(1→0)\n" * 5000,
}
MANY = {
    "rounds of which little is left": of(
        "repeat(every(restart(linear(1→0, 4 steps)), 10k steps), times=3)", "{steps: 123_457}"
    ),
    "a thousand steps that move": of(
        "rex(0.1*base→exp(-1)) * every(smoothstep(1e-8→sqrt(2), 3%) >> power_law(power=-1), 1 step)",
        "{samples: 100k, batch: 96}",
        "assert: [continuous(lr), peak(lr) < 1]\n",
    ),
    "a ramp of roots": of(
        "1e-3",
        '{steps: 123_457, batch: "floor(phase(length, 10%) >>! inverse_sqrt(5% - 1 step))"}',
    ),
    "tiny phases": of("repeat(linear(0→1, 1e-30 steps) >> linear(→0, 1e-30 steps))"),
    "huge times": of("restart(linear(1→0, 1 step), times=1e12)", "{steps: 1e15}"),
    "huge times of shares": of("restart(linear(1→0), times=1e12)"),
    "a stretch of nearly nothing": of("restart(linear(1→0, 10 steps), stretch=1e-9)"),
    "a stretch below one": of("restart(linear(1→0, 10 steps), stretch=0.999)"),
    "a stretch of many digits": of(
        "restart(linear(1→0, 1 step), stretch=1.0000000000000000001)", "{steps: 3000}"
    ),
    "a scale of many digits": of(
        "restart(linear(1→0, 1 step), scale=0.9999999999999999999)", "{steps: 200}"
    ),
    "a huge scale": of("restart(linear(1→0, 1 step), scale=1e300)"),
    "rounds by stretch": of("restart(linear(1→0), times=5000, stretch=1.5)"),
    "tiny samples": of("every(linear(1→0), 1e-12 steps)"),
    "tiny samples of tokens": of(
        "every(linear(1→0), 1e-12 tokens)", "{steps: 1e9, batch: 7, sequence: 3}"
    ),
    "samples on a ramp": "run: {tokens: 1e12, sequence: 1024}\nschedules:\n  batch: floor(linear(1→1_000_000, 1e8 samples))\n  lr: every(linear(1→0), 1 tokens)\n",
    "an enormous run": of("linear(0→1, 1%) >> cosine", "{steps: 1_000_000_000_000_000_000}"),
    "an enormous repeat": of(
        "restart(cosine(1→0, 1k steps))", "{steps: 1_000_000_000_000_000_000}"
    ),
    "an enormous sample": of("every(cosine(1→0), 7 steps)", "{steps: 1_000_000_000_000_000_000}"),
    "many fast waves": of("1 + sin(1e15*step)", "{steps: 1_000_000_000_000}"),
    "many cycles": of("cosine(1→0, cycles=1e12 + 0.5)"),
    "a ramp of a billion levels": "run: {steps: 10_000_000_000}\nschedules:\n  batch: floor(linear(1→1_000_000_001))\n  lr: linear(1→0)\n",
    "a ramp of a million levels": "run: {samples: 1e15}\nschedules:\n  batch: floor(linear(1→1_000_001, 1e12 samples))\n  lr: linear(1→0)\n",
    "a ramp that waves": "run: {steps: 1_000_000}\nschedules:\n  batch: 2 + floor(1 + sin(step))\n  lr: linear(1→0)\n",
    "a ramp of a tower": "run: {steps: 1000}\nschedules:\n  batch: floor(9^9^(u+2))\n  lr: linear(1→0)\n",
    "repeats of repeats": of(
        "restart(restart(restart(linear(1→0, 1 step), times=100), times=100), times=100)",
        "{steps: 1e9}",
    ),
    "steps of steps": of("every(every(every(linear(1→0), 3 steps), 5 steps), 7 steps)"),
    "an every without N": "schedules:\n  lr: every(linear(0→1, 10%) >> cosine, 7%)\n",
    "cases without N": "schedules:\n  lr: "
    + " >> ".join(f"linear({i}→{i + 1}, floor({i + 3}/100 * 100%))" for i in range(9))
    + "\n",
    "mixtures without N": "schedules:\n  lr: "
    + " >> ".join(

            f"linear(→{i + 1}, max(floor({i + 3}%), {97 * i + 3} steps, ceil({2 * i + 1}/3 * 1%)))"
            if i
            else "linear(0→1, 1%)"
            for i in range(7)

    )
    + " >> cosine\n",
    "products without N": "schedules:\n  lr: "
    + " * ".join(
        f"(linear(0→1, {7 * i + 3} steps) >> linear(→2, {i + 1}%) >> 2)" for i in range(8)
    )
    + "\n",
    "products of sequences": of(
        " * ".join(

                "("
                + " >> ".join(

                        f"linear({i}→{i + 1}, {j + 1}/300 * 1%)"
                        if i == 0
                        else f"linear(→{i + 1}, {j + 1}/300 * 1%)"
                        for i in range(40)

                )
                + ")"
                for j in range(20)

        )
    ),
    "horizons": of(
        "cosine(1→0)",
        "{steps: 100, horizons: [" + ", ".join(str(i) for i in range(1, 3000)) + "]}",
    ),
    "many groups": of(
        "linear(1→0)",
        more="groups:\n"
        + "".join(f'  - {{match: "a{i}.*", lr: {i + 1} * lr}}\n' for i in range(1000)),
    ),
    "terrible patterns": of(
        "linear(1→0)",
        more='groups:\n  - {match: "' + "*a" * 500 + '", lr: lr}\n  - {match: "*", lr: lr}\n',
    ),
}
NAMES = {
    "doubling sums": lets(["u"] + [f"a{i} + a{i}" for i in range(50)], "a50"),
    "doubling sums of curves": lets(["linear(1→0)"] + [f"a{i} + a{i}" for i in range(50)], "a50"),
    "doubling products": lets(["1 + u"] + [f"a{i} * a{i}" for i in range(40)], "a40"),
    "doubling numbers": lets(["3"] + [f"a{i} * a{i}" for i in range(50)], "linear(0→a50)"),
    "doubling roots": lets(["2"] + [f"sqrt(a{i}) + a{i}" for i in range(40)], "linear(0→a40)"),
    "doubling sequences": lets(
        ["linear(0→1, 1 step)"] + [f"phase(a{i}, 1%) >>! phase(a{i}, 1%)" for i in range(30)], "a30"
    ),
    "doubling maxima": lets(["1 + u"] + [f"max(a{i}, 1 - a{i})" for i in range(40)], "a40"),
    "a long chain": lets(["1"] + [f"a{i} + 1" for i in range(3000)], "linear(0→a3000)"),
    "a long chain of curves": lets(["1 + u"] + [f"a{i} + 1" for i in range(3000)], "a3000"),
    "a long chain of sequences": lets(
        ["linear(1→0)"] + [f"phase(a{i}, 50%) >>! constant(1)" for i in range(500)], "a500"
    ),
    "a long chain, the last link first": lets(
        [f"a{i + 1} + 1" for i in range(3000)] + ["1"], "linear(0→a0)"
    ),
    "a circle": lets(["a1", "a2", "a0"], "a0"),
    "a chain of references": "run: {steps: 100}\nschedules:\n  s0: linear(1→0)\n"
    + "".join(f"  s{i}: s{i - 1} + 1\n" for i in range(1, 2000)),
    "doubling references": "run: {steps: 100}\nschedules:\n  s0: linear(1→0)\n"
    + "".join(f"  s{i}: s{i - 1} * s{i - 1} + s{i - 1}\n" for i in range(1, 40)),
    "peaks of peaks": "run: {steps: 100}\nschedules:\n  s0: linear(1→0)\n"
    + "".join(f"  s{i}: linear(0→peak(s{i - 1}) + at(s{i - 1}, 50%))\n" for i in range(1, 200)),
    "recipes in a circle": of(
        "one(3)", more="define: |\n  recipe one(x) = two(x)\n  recipe two(x) = one(x)\n"
    ),
    "a recipe of itself": of("one(3)", more="define: |\n  recipe one(x) = one(x) >> one(x)\n"),
    "recipes that double": of(
        "r30(1)",
        more="define: |\n  recipe r0(x) = linear(x→0, 1 step)\n"
        + "".join(f"  recipe r{i}(x) = r{i - 1}(x) >>! r{i - 1}(x)\n" for i in range(1, 31)),
    ),
    "curves that double": of(
        "c30(1→0)",
        more="define: |\n  curve c0 = from + u\n"
        + "".join(f"  curve c{i} = c{i - 1} + c{i - 1}\n" for i in range(1, 31)),
    ),
    "many asserts": of(
        "linear(1→0)", more="assert:\n" + "".join(f"  - lr <= {i + 1}\n" for i in range(1000))
    ),
    "an assert of a tower": of("linear(1→0)", more="assert:\n  - lr <= 9^9^9^9\n"),
}
ROOT = "sqrt(2 + " * 12 + "sqrt(3)" + ")" * 12
PROOFS = {
    "nested radicals at a join": of(
        "linear(0→sqrt(5+2*sqrt(6)), 10%) >> linear(sqrt(2)+sqrt(3)→0)"
    ),
    "deep radicals at a join": of(f"linear(0→{ROOT}, 10%) >> linear(2*cos(pi/49152*4)→0)"),
    "radicals that nearly meet": of(
        "linear(0→(5+2*sqrt(6))^(1/3)*(2+sqrt(5))^(1/3), 10%) >> linear((1+sqrt(5))/2*(5+2*sqrt(6))^(1/3)→0)"
    ),
    "three joins of sympy": of(
        " >> ".join(

                f"linear({f'exp(pi*sqrt({i + 2}))*log({i + 3})^sqrt(5)'}→(exp(pi)^sqrt({i + 3}))*log({i + 4})^(sqrt(5)), 1/3 * 1%)"
                for i in range(100)

        )
    ),
    "a cubic of radicals": of(
        "linear(0→(2+10/9*sqrt(3))^(1/3) + (2-10/9*sqrt(3))^(1/3), 10%) >> linear(2→0)"
    ),
    "a huge cancellation": of("linear(0→exp(50)*1e300 - exp(50)*1e300 + 1, 10%) >> linear(1→0)"),
    "conditions of irrational numbers": of("exponential(sqrt(2)+sqrt(3)-sqrt(5+2*sqrt(6))→1)"),
}
FILES = {
    "an include of itself": {
        "main.yaml": of("linear(1→0)", more="include: a.sched\n"),
        "a.sched": "include a.sched\n",
    },
    "includes in a circle": {
        "main.yaml": of("linear(1→0)", more="include: [a.sched, a.sched, b.sched]\n"),
        "a.sched": "include: b.sched\n",
        "b.sched": "include: a.sched\n",
    },
    "an include of the block": {"main.yaml": of("linear(1→0)", more="include: main.yaml\n")},
    "an include above the project": {
        "main.yaml": of("linear(1→0)", more="include: ../../../../../../etc/passwd\n")
    },
    "an include at the root": {"main.yaml": of("linear(1→0)", more="include: /etc/passwd\n")},
    "an include of a device": {"main.yaml": of("linear(1→0)", more="include: /dev/zero\n")},
    "an include of a directory": {"main.yaml": of("linear(1→0)", more="include: .\n")},
    "an include of zero bytes": {"main.yaml": of("linear(1→0)", more='include: "a\\0b"\n')},
    "a large include": {
        "main.yaml": of("linear(1→0)", more="include: a.sched\n"),
        "a.sched": "#" * 11000000,
    },
    "an include of noise": {
        "main.yaml": of("linear(1→0)", more="include: a.sched\n"),
        "a.sched": "\udc80\x01\x02 curve",
    },
    "many includes": {
        "main.yaml": of("linear(1→0)", more="include: [" + ", ".join(["a.sched"] * 2000) + "]\n"),
        "a.sched": "curve foo = u\n",
    },
}
def merges(levels: int) -> str:
    rows = ["m0: &m0 {a0: linear(1→0)}\n"]
    rows += [
        f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}, *m{i - 1}], a{i}: 1}}\n"
        for i in range(1, levels)
    ]
    return "".join(rows)


def matching(pattern: str) -> str:
    return of("linear(1→0)", more=f'groups: [{{match: "{pattern}", lr: lr}}]\n')


def defined(rows: list[str], lr: str) -> str:
    return of(lr, more="define: |\n" + "".join(f"  {row}\n" for row in rows))


EVERYWHERE = {
    "tower of twos": of("linear(0→2^2^2^2^2^2)"),
    "tower in a share": of("linear(1→0, 9^9^9 * 1%)"),
    "tower in a span": of("linear(1→0, 2^2^2^2^2^2 * 1 step)"),
    "tower of times": of("repeat(linear(1→0, 1 step), times=9^9^9)"),
    "tower of stairs": of("stairs(1→0, n=9^9^9)"),
    "tower of samples": of("every(linear(1→0), 2^-9^9^9 * 1 step)"),
    "tower of a modulus": of("linear(0→mod(9^9^9, 7))"),
    "tower of a negative number": of("linear(0→(-9)^9^9^9)"),
    "tower in a group": of(
        "linear(1→0)", more="groups: [{match: 'a.{i}', lr: 'lr * 9^9^9^i'}, {match: '*', lr: lr}]\n"
    ),
    "tower in a default": defined(["curve c(k = 9^9^9^9) = k * u"], "c(1→0)"),
    "tower of a batch": "run: {steps: 100}\nschedules: {batch: 'floor(2^2^2^2^step)', lr: 1}\n",
    "a million zeros": of("linear(0→0." + "0" * 1000000 + "1)"),
    "a long length": of("linear(0→1, " + "9" * 100000 + " steps)"),
    "a share that no float holds": "schedules:\n  lr: wsd(7e-5, 5%, 21e400%)\n",
    "phases of phases": of("phase(" * 150 + "cosine(1→0)" + ", 10%)" * 150),
    "stretches of stretches": of("take(" * 150 + "linear(1→0)" + ", 10 steps)" * 150),
    "merges that triple": merges(60) + "run: {steps: 10}\nschedules: {<<: *m59}\n",
    "merges that triple in a run": merges(60) + "run: {<<: *m59, steps: 10}\nschedules: {lr: 1}\n",
    "merges of merges": "m0: &m0 {lr: linear(1→0)}\n"
    + "".join(f"m{i}: &m{i} {{<<: *m{i - 1}}}\n" for i in range(1, 3000))
    + "run: {steps: 10}\nschedules: {<<: *m2999}\n",
    "asserts that double": "a0: &a0 [lr <= 1]\n"
    + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))
    + of("linear(1→0)", more="assert: *a59\n"),
    "deep flow around nothing": "a: " + "{a: [" * 400 + "]}" * 400 + "\n" + of("linear(1→0)"),
    "flow that is never closed": "schedules: " + "{a: [" * 300000,
    "a huge key": 'run: {steps: 10}\nschedules:\n  ? "' + "x" * 3000000 + '"\n  : linear(1→0)\n',
    "a surrogate by its number": 'run: {steps: 10}\nschedules: {lr: "linear(1\\ud800→0)"}\n',
    "a zero byte by its number": 'run: {steps: 10}\nschedules: {lr: "linear(1\\0→0)"}\n',
    "no character by its number": 'run: {steps: 10}\nschedules: {lr: "\\UFFFFFFFF"}\n',
    "isolated letters": of("\u2067linear\u2069(1→0)"),
    "UTF-16": "\udcff\udcfer\udc80",
    "a lone byte": of("linear(1→0)") + "\udc80\n",
    "a surrogate in bytes": of("linear(1→0)") + "\udced\udca0\udc80\n",
    "a curve of itself": defined(["curve c = c"], "c(1→0)"),
    "defaults of one another": defined(["recipe c(p = q, q = p) = linear(p→q, 1%)"], "c"),
    "arguments that double": defined(
        ["recipe r0(x: schedule) = x"]
        + [f"recipe r{i}(x: schedule) = r{i - 1}(x + x)" for i in range(1, 21)],
        "r20(linear(1→0, 1 step))",
    ),
    "many definitions": defined(
        [f"curve c{i}(to = 0) = from + (to - from) * u" for i in range(1500)], "c9(1→0)"
    ),
    "many values": lets([str(i) for i in range(5000)], "linear(0→a4999)"),
    "values of values": lets([f"a{i + 1} * 2" for i in range(190)] + ["1"], "linear(0→a0)"),
    "values of sevenths": lets(
        ["1/3"] + [f"a{i}/7 + 1/{i + 11}" for i in range(150)], "linear(0→a150)"
    ),
    "a pattern of indices": matching("".join(f"{{i{n}}}" for n in range(9))),
    "a pattern of one star after another": matching("*" * 900),
    "a long pattern": matching("a*" * 100000),
    "answers to nothing": "# schedc: ignore[SCH401] x\n" * 3000 + of("linear(1→0)"),
    "an answer of many codes": f"# schedc: ignore[{'SCH401,' * 100000}]\n" + of("linear(1→0)"),
    "an include of a long path": of("linear(1→0)", more=f"include: {'a/' * 50000}x.sched\n"),
    "an include of standard input": of("linear(1→0)", more="include: /dev/stdin\n"),
    "an include of a process": of("linear(1→0)", more="include: /proc/self/environ\n"),
    "a run of itself": "run: {steps: steps}\nschedules: {lr: linear(1→0)}\n",
    "a circle of three": "run: {steps: 10}\nschedules: {a: b, b: c, c: a}\n",
}
TEXTS = {**TOWERS, **SIZES, **YAML, **MANY, **NAMES, **PROOFS, **EVERYWHERE}
HOSTILE: dict[str, dict[str, str]] = {
    name: {"main.yaml": text} for name, text in TEXTS.items()
} | FILES
ANSWERS = {
    "an assert of a tower": ("SCH910",),
    "tower": ("SCH910",),
    "tower of small numbers": ("SCH910",),
    "tower of exponentials": ("SCH411",),
    "tower of negative exponentials": ("SCH411",),
    "tower of roots": ("SCH910",),
    "tower of fractions": ("SCH910",),
    "tower that moves": ("SCH910",),
    "exponentials that move": ("SCH411",),
    "tower of clocks": ("SCH910",),
    "a million digits in a sum": ("SCH910",),
    "coprime denominators": ("SCH910",),
    "a root of a tower": ("SCH910",),
    "a power of irrational": ("SCH411",),
    "power of pi": ("SCH411",),
    "sine of a huge number": ("SCH910",),
    "log of a huge number": ("SCH910",),
    "mod of huge numbers": ("SCH910",),
    "stretch of a power": ("SCH910",),
    "a long number": ("SCH901",),
    "a long fraction": ("SCH901",),
    "a long exponent": ("SCH901",),
    "a large exponent": ("SCH901",),
    "long digits in the run": ("SCH901",),
    "large exponent in the run": ("SCH901",),
    "a million digits of base sixteen": ("SCH151",),
    "a million digits of no number": ("SCH151",),
    "a million digits in the run": ("SCH151",),
    "a hundred thousand combining marks": ("SCH165",),
    "curves that name one another": ("SCH226",),
    "recipes that name one another": ("SCH904", "SCH905"),
    "deep brackets": ("SCH902",),
    "open brackets": ("SCH902",),
    "deep calls": ("SCH902",),
    "deep signs": ("SCH902",),
    "deep powers": ("SCH902",),
    "deep sum": ("SCH902",),
    "deep repeat": ("SCH902",),
    "many repeats": ("SCH312",),
    "many arguments": ("SCH903",),
    "a long name": ("SCH202",),
    "a wide sequence": ("SCH304", "SCH401"),
    "a file of commas": ("SCH006",),
    "a file of dashes": ("SCH006",),
    "a file of brackets": ("SCH006",),
    "a file of braces": ("SCH006",),
    "a file of anchors": ("SCH006",),
    "a file of question marks": ("SCH006",),
    "a large file": ("SCH002",),
    "many unknown names": ("SCH201",),
    "many near names": ("SCH202",),
    "thousands of errors": ("SCH165",),
    "billion laughs in let": ("SCH019",),
    "deep flow": ("SCH006",),
    "deep lines": ("SCH006",),
    "zero bytes": ("SCH003",),
    "control characters": ("SCH004",),
    "a byte order mark within": ("SCH165",),
    "turned text": ("SCH165",),
    "letters that look alike": ("SCH201",),
    "digits of another script": ("SCH165",),
    "fullwidth digits": ("SCH160",),
    "superscripts": ("SCH156",),
    "combining marks": ("SCH165",),
    "wide letters": ("SCH165",),
    "invisible letters": ("SCH165",),
    "an empty file": ("SCH031",),
    "only a mark": ("SCH031",),
    "a name that is a number": ("SCH023",),
    "keys that are lists": ("SCH023",),
    "the same key": ("SCH016",),
    "rounds of which little is left": ("SCH312",),
    "a thousand steps that move": ("SCH314", "SCH412", "SCH501"),
    "a ramp of roots": ("SCH344",),
    "tiny phases": ("SCH312",),
    "huge times": ("SCH312",),
    "huge times of shares": ("SCH312",),
    "a stretch of nearly nothing": ("SCH312",),
    "a stretch below one": ("SCH312",),
    "a stretch of many digits": ("SCH910",),
    "a huge scale": ("SCH910",),
    "rounds by stretch": ("SCH910",),
    "samples on a ramp": ("SCH304", "SCH312"),
    "an enormous repeat": ("SCH312",),
    "a ramp of a billion levels": ("SCH344",),
    "a ramp of a million levels": ("SCH344",),
    "a ramp that waves": ("SCH344",),
    "a ramp of a tower": ("SCH342",),
    "repeats of repeats": ("SCH312",),
    "cases without N": ("SCH304",),
    "products of sequences": ("SCH304",),
    "horizons": ("SCH906",),
    "doubling sums": ("SCH903",),
    "doubling sums of curves": ("SCH902",),
    "doubling products": ("SCH903",),
    "doubling numbers": ("SCH910",),
    "doubling roots": ("SCH903",),
    "doubling sequences": ("SCH902",),
    "doubling maxima": ("SCH903",),
    "billion laughs in schedules": ("SCH020",),
    "a long chain of curves": ("SCH903",),
    "a long chain of sequences": ("SCH902",),
    "a long chain, the last link first": ("SCH905",),
    "a circle": ("SCH222",),
    "a chain of references": ("SCH903",),
    "doubling references": ("SCH903",),
    "recipes in a circle": ("SCH222",),
    "a recipe of itself": ("SCH222",),
    "recipes that double": ("SCH904",),
    "curves that double": ("SCH226",),
    "deep radicals at a join": ("SCH401",),
    "three joins of sympy": ("SCH304",),
    "conditions of irrational numbers": ("SCH404",),
    "an include of itself": ("SCH124",),
    "includes in a circle": ("SCH124",),
    "an include of the block": ("SCH229",),
    "an include above the project": ("SCH229",),
    "an include at the root": ("SCH229",),
    "an include of a device": ("SCH229",),
    "an include of a directory": ("SCH229",),
    "an include of zero bytes": ("SCH229",),
    "a large include": ("SCH230",),
    "an include of noise": ("SCH230",),
    "many includes": ("SCH224",),
    "tower of twos": ("SCH910",),
    "tower in a share": ("SCH910",),
    "tower in a span": ("SCH910",),
    "tower of times": ("SCH910",),
    "tower of stairs": ("SCH910",),
    "tower of samples": ("SCH910",),
    "tower of a modulus": ("SCH910",),
    "tower of a negative number": ("SCH910",),
    "tower in a group": ("SCH910",),
    "tower in a default": ("SCH910",),
    "tower of a batch": ("SCH910",),
    "a million zeros": ("SCH901",),
    "a long length": ("SCH901",),
    "a share that no float holds": ("SCH302",),
    "phases of phases": ("SCH902",),
    "stretches of stretches": ("SCH902",),
    "merges that triple in a run": ("SCH330",),
    "asserts that double": ("SCH019",),
    "flow that is never closed": ("SCH014",),
    "a surrogate by its number": ("SCH005",),
    "a zero byte by its number": ("SCH165",),
    "no character by its number": ("SCH005",),
    "isolated letters": ("SCH165",),
    "UTF-16": ("SCH003",),
    "a lone byte": ("SCH003",),
    "a surrogate in bytes": ("SCH003",),
    "a curve of itself": ("SCH226",),
    "defaults of one another": ("SCH202",),
    "arguments that double": ("SCH312",),
    "values of values": ("SCH905",),
    "a pattern of indices": ("SCH720",),
    "a long pattern": ("SCH720",),
    "answers to nothing": ("SCH032",),
    "an answer of many codes": ("SCH033",),
    "an include of a long path": ("SCH230",),
    "an include of standard input": ("SCH229",),
    "an include of a process": ("SCH229",),
    "a run of itself": ("SCH331",),
    "a circle of three": ("SCH222",),
}
