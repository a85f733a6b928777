"""Why a definition does not read.

In: a `Fault` in the text of `define:` or of a .sched file. Out: a finding, or None where the fault
is one that any expression may have.
The one rule: it is told by the place in the definition: its first word, its name, its parameters,
what stands after `=`, its conditions.
"""

from __future__ import annotations

from schedc.diagnostics import reading as wrong
from schedc.diagnostics.base import Finding, near
from schedc.fault import NO_REPAIR, VALUE_BEGINS, VALUE_ENDS, Fault, Repair


def misdefined(fault: Fault) -> Finding | None:
    """curve gentle(power 2) = …"""
    if fault.what != "definitions":
        return None
    word = fault.word
    last = fault.words[fault.at - 1] if fault.at else None
    where = fault.spot(word) if word is not None else fault.spot(fault.words[-1])

    def bad(problem: str, repair: Repair = NO_REPAIR) -> Finding:
        return wrong.BadDefinition(where, problem, **repair)

    if last is None:
        assert word is not None
        meant = near(str(word.value), ("curve", "recipe"))
        repair = fault.repair((word.start_pos, word.end_pos, meant)) if meant else NO_REPAIR
        return bad("a definition begins with `curve` or `recipe`", repair)
    if last.type in ("CURVE", "RECIPE"):
        if word is not None and word.type in ("UNTIL", "CURVE", "RECIPE", "REQUIRES"):
            return wrong.ReservedWord(where, str(word.value))
        return bad(f"a name belongs after `{last.value}`")
    if word is not None and word.type == "REQUIRES":
        starts = [w.type for w in fault.words[: fault.at] if w.type in ("CURVE", "RECIPE")]
        if starts and starts[-1] == "RECIPE" and last.type in VALUE_ENDS:
            return bad("only a curve has conditions: a recipe is checked through its curves")
    if last.type == "EQUAL" and (word is None or word.type in ("CURVE", "RECIPE", "REQUIRES")):
        where = fault.spot(last)
        return bad("nothing stands after `=`")
    if last.type == "REQUIRES":
        return bad("a condition belongs after `requires`, as in `from > 0`")
    kinds = [other.type for other in fault.words[fault.definition : fault.at]]
    conditions = kinds[kinds.index("REQUIRES") :] if "REQUIRES" in kinds else []
    if conditions and (word is None or word.type in ("CURVE", "RECIPE", "COMMA")):
        if last.type == "COMMA":
            repair = fault.repair((last.start_pos, last.end_pos, ""))
            return wrong.EmptyArgument(fault.spot(last), "after", **repair)
        if last.type in VALUE_ENDS and not fault.open_brackets:
            where = fault.spot(last)
            return bad("a condition compares two values, as in `from > 0`")
    header = header_of(fault)
    if header == "name":
        if word is None or word.type in ("CURVE", "RECIPE", *VALUE_BEGINS, "REQUIRES"):
            name = str(fault.words[fault.definition + 1].value)
            return bad(f"`{name}` is defined by what stands after `=`, and there is no `=`")
        return bad("`=` belongs after the name of a definition")
    if header == "parameters":
        if last.type == "AND_MORE":
            return bad("a parameter ends after `...`")
        if last.type == "COLON":
            return bad("after `:` comes the kind of a parameter: number, span or schedule")
        if word is not None and word.type in ("NUMBER", "SPAN") and last.type == "NAME":
            edit = (word.start_pos, word.start_pos, "= ")
            return bad("a parameter's default stands after `=`", fault.repair(edit))
        if last.type in ("LPAR", "COMMA") and (word is None or word.type != "COMMA"):
            return bad("a parameter is a name, perhaps with a kind and a default")
    return None


def header_of(fault: Fault) -> str:
    """Where in a definition the fault is: after its name, in its parameters, or "" behind `=`."""
    start = fault.definition + 2
    depth = 0
    for word in fault.words[start : fault.at]:
        depth += {"LPAR": 1, "RPAR": -1}.get(word.type, 0)
        if depth == 0 and word.type == "EQUAL":
            return ""
    return "parameters" if depth else "name"
