"""Mutation: break one thing at a time in a room, and see whether a test of that room dies.

    python tests/mutation/run.py                      # every room of ROOMS
    python tests/mutation/run.py schedc/horizon.py    # one of them
    python tests/mutation/run.py schedc/horizon.py --most 100 --keep /tmp/mutants
    python tests/mutation/run.py schedc/horizon.py --keep /tmp/mutants --survivors
    python tests/mutation/run.py schedc/horizon.py --tests tests/test_horizons.py --in Horizon.sign

In: rooms. Out: each mutant that survives, as a difference of lines, and a table of the share that
was killed; the exit code is 1 where a room is below `--least` (0.95). Takes minutes to hours.

A mutant changes one thing: a comparison, an arithmetic operator, `and`/`or`, `not`, a number, a
condition, a statement that is left out. `mutants.py` makes them, `trials.py` runs the tests.

The one rule: a mutant that no test can kill, because nothing differs, stands in `explained.yaml`
with the reason; it still counts as tried, and the share is printed with and without it.

With `--most`, the mutants are drawn at random, the same ones for a `--seed`. `--keep` names a file
that keeps outcomes: what stands in it is not tried again, so that a run which was stopped goes on.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

_LAYOUT = [
    "tests/test_laid_out.py",
    "tests/test_layout.py",
    "tests/test_rounds.py",
    "tests/test_laws.py",
    "tests/test_limits.py",
    "tests/test_cases.py",
    "tests/test_run.py",
    "tests/test_batches.py",
]

_PROOFS = {
    "verify": [
        "tests/test_verdicts.py", "tests/test_hulls.py", "tests/test_verify.py",
        "tests/test_cases.py",
    ],
    "prove": ["tests/test_prove.py", "tests/test_verdicts.py", "tests/test_cases.py"],
    "worker": ["tests/test_prove.py", "tests/test_verdicts.py", "tests/test_cases.py"],
    "algebra": ["tests/test_intervals.py", "tests/test_prove.py", "tests/test_lemmas.py"],
    "derivatives": ["tests/test_intervals.py", "tests/test_properties.py"],
    "calculus": ["tests/test_intervals.py", "tests/test_properties.py", "tests/test_verify.py"],
    "courses": ["tests/test_alike.py", "tests/test_verify.py", "tests/test_properties.py"],
    "hulls": ["tests/test_hulls.py"],
    "order": [
        "tests/test_values_in_order.py", "tests/test_verify.py", "tests/test_properties.py",
    ],
    "bounds": ["tests/test_verify.py", "tests/test_properties.py"],
    "ends": [
        "tests/test_ends.py", "tests/test_intervals.py", "tests/test_prove.py",
        "tests/test_verify.py",
    ],
    "intervals": ["tests/test_intervals.py", "tests/test_prove.py", "tests/test_verify.py"],
    "finite": [
        "tests/test_verify.py", "tests/test_cases.py", "tests/test_corners.py",
        "tests/test_alike.py::test_each_kind_is_asked_once",
        "tests/test_alike.py::test_hundreds_of_kinds_of_one_shape_are_asked_together",
        "tests/test_hulls.py::test_the_same_is_found_of_many_at_once",
        "tests/test_hulls.py::test_the_same_is_found_of_random_pieces_at_once",
    ],
}  # fmt: skip

_WRITTEN = ["tests/test_backends_written.py", "tests/test_forms.py"]


def _of(file: str, *names: str) -> list[str]:
    """Some tests of a file: a mutant that lives takes as long as all that are asked."""
    return [f"tests/test_{file}.py::test_{name}" for name in names]


_LETTERS = ["tests/test_backends_written.py"]  # every section of it takes milliseconds
_POSTS = _of(
    "backends_python", "a_phase_owns_its_first_update_and_not_its_stop",
    "a_boundary_between_two_updates", "the_last_value_is_met_exactly",
    "without_a_horizon_it_takes_the_total", "base_is_a_keyword", "values_is_every_schedule",
    "what_schedules_share_is_computed_once", "the_source_is_what_runs",
    "one_schedule_is_written_once",
    "no_name_and_no_text_gets_out_of_its_place", "the_header_says_what_it_is",
)  # fmt: skip
_ROWS = _of(
    "backends_python", "a_line_of_a_row_begins_where_floats_can_say",
    "rows_share_a_shape_if_all_their_words_are_the_same",
    "lines_share_a_row_however_they_are_written", "ten_thousand_phases",
    "the_row_of_an_update_is_that_of_its_block_or_the_next", "a_table_of_moving_phases",
    "blocks_are_for_many_rows_that_are_not_too_uneven", "many_levels_of_the_groups_own_value",
    "hundreds_of_phases",
)  # fmt: skip
_UNSIZED = _of(
    "lower", "without_a_horizon_at_floors_ends_and_samples", "without_a_horizon_too",
    "a_settling_without_a_horizon_keeps_its_digits_near_its_start",
    "a_sum_is_lowered_once_however_many_anchors_lead_to_it",
    "a_floor_of_the_length_is_not_taken_away_with_those_of_samples",
    "the_first_stair_is_where_the_stairs_begin",
)  # fmt: skip
_TABLED = _of(
    "batches", "bloom_176b", "deepseek_v3", "gpt_3", "olmo_3_stretched_on_the_way",
    "the_batch_in_force_is_a_variable", "update_k_has_the_value_at_the_next_clock",
    "first_does_not_move_the_batch", "first_without_a_horizon",
    "the_batch_at_the_very_updates_where_it_changes",
    "tokens_and_samples_meet_where_the_sequence_is_fixed",
)  # fmt: skip

_INTEGERS = [
    "tests/test_wholes.py",
    *_of("forms", "integers_of_32_bits_hold_what_they_are_asked_to"),
    *_of(
        "backends_jax",
        "stairs_in_samples_at_the_end_of_a_long_run_are_whole_numbers_of_their_row",
    ),
]
_TEXTS = ["tests/test_backends_text.py"]
_SPELLED = _of(
    "backends_text", "two_minuses_are_never_a_decrement", "a_comment_ends_where_it_should",
    "in_c_no_two_functions_have_one_name", "every_target_takes_every_horizon",
    "every_target_says_every_schedule",
    "a_module_of_arrays_is_checked_before_it_is_handed_out",
) + _of("backends_agree", "all_schedules_at_once_over_arrays")  # fmt: skip

_CHOSEN = {
    "base": [
        *_POSTS, *_TABLED,
        *_of("backends_python", "the_length_is_asked_for_where_not_every_one_will_do"),
        *_of("batches", "phases_are_cut_where_the_batch_stops_changing_and_none_is_empty"),
        *_of(
            "lower", "first_and_last_are_exact",
            "a_formula_is_for_doubles_unless_it_is_asked_to_be_narrow",
            "a_form_is_tried_at_lengths_that_the_case_admits",
        ),
    ],
    "clocks": _TABLED,
    "columns": [
        *_TABLED,
        *_of(
            "backends_python", "a_column_is_as_small_as_its_numbers_fit",
            "positions_are_floats_where_these_hold_them_exactly",
        ),
    ],
    "local": _of(
        "forms", "a_formula_that_is_moved_is_the_same_formula",
        "a_line_in_whole_numbers", "a_line_that_is_moved_is_one_line_where_floats_hold_it",
        "the_rounds_of_a_repetition_are_lowered_once", "every_round_is_the_round_it_is",
        "names_that_move_with_a_round_are_those_it_would_have",
        "each_formula_of_a_length_is_lowered_afresh",
        "what_begins_at_a_whole_update_is_what_begins_at_0",
    ),
    "python": [
        *_POSTS, *_ROWS,
        *_of(
            "backends_python", "a_long_number_beside_a_clock_of_a_ramp_is_a_float",
            "the_smaller_of_two_names_is_compared_and_not_called",
            "a_test_is_of_the_step_whatever_the_stop",
            "a_table_holds_the_numbers_that_a_formula_would_show",
            "the_row_of_a_ramp_from_its_blocks", "several_as_one_function_are_each_to_the_bit",
            "what_is_within_another_is_computed_first",
        ),
        *_of("batches", "bloom_176b", "the_batch_at_the_very_updates_where_it_changes"),
        *_of("guard", "every_kind_that_is_allowed_is_needed"),
    ],
    "settling": _of(
        "forms", "a_settling_about_its_start_is_the_settling", "what_is_no_settling",
        "the_continued_fraction_is_the_function", "a_level_holds_until_a_settling_rises_past_it",
        "what_does_not_rise_past_a_level_is_not_cut_there",
    )
    + _of("backends_jax", "a_settling_between_two_updates_of_a_short_run_meets_its_constant"),
    "share": _of(
        "forms", "what_is_shared_is_computed_once_and_the_same",
        "a_choice_is_between_two_that_are_computed_once", "what_a_clock_moves",
    ),
    "stairs": _of(
        "forms", "stairs_are_their_levels", "what_has_levels", "what_has_no_levels",
        "a_formula_of_many_levels_stays_a_formula",
    ) + _of(
        "lower", "steps_are_where_they_are_exactly",
        "of_several_steps_within_an_update_the_last_has_its_value",
    ),
    "table": _ROWS,
    "trial": [
        *_of(
            "forms", "a_trial_is_about_the_value", "a_trial_without_a_value_is_nan_and_no_crash",
            "where_a_formula_is_tried", "where_a_formula_is_tried_without_a_length",
            "what_a_sum_loses", "a_line_that_is_moved_is_one_line_where_floats_hold_it",
        ),
        *_of(
            "lower", "whole_numbers_that_floats_do_not_hold_are_no_whole_numbers",
            "without_a_horizon_at_floors_ends_and_samples",
        ),
    ],
    "unsized": [
        *_of(
            "forms", "between_which_a_progress_lies",
            "a_length_that_leaves_nothing_of_a_phase_says_nothing_of_its_progress",
            "lowering_phase_by_phase_is_an_identity_whatever_the_length",
        ),
        *_of(
            "lower", "a_form_is_chosen_for_runs_of_any_length",
            "whole_numbers_beyond_floats_are_not_brought_over_one_denominator",
            "what_steps_at_the_very_end_is_held_after_it",
            "an_end_at_a_sample_of_a_share_of_the_length",
        ),
        *_UNSIZED,
    ],
    **dict.fromkeys(("divisions", "sizes", "wholes"), _INTEGERS),
    **dict.fromkeys(("arrays", "braces", "c", "js", "numpy"), _SPELLED),
    "jax": _SPELLED + _of(
        "backends_jax", "a_table_row_counts_samples_in_integers_where_its_phase_lets_it",
        "the_whole_numbers_of_a_table_are_those_that_31_bits_hold",
        "whole_numbers_are_written_as_such",
        "a_floor_and_the_step_that_cancel_are_one_whole_number",
        "a_whole_number_of_a_table_stays_one_beside_a_long_product",
        "a_table_of_a_run_of_two_thousand_million_updates_counts_in_integers",
        "a_product_of_a_table_is_an_integer_only_up_to_where_its_last_row_ends",
        "a_division_is_one_call_whatever_is_asked_of_it",
        "what_31_bits_do_not_hold_is_no_integer_of_a_table",
        "a_phase_of_a_table_is_as_many_as_its_floors_have_levels",
    ),
    **dict.fromkeys(("json", "text"), _TEXTS),
    "latex": [*_TEXTS, *_of("latex", "an_operator_reads_back")],
}  # fmt: skip

_FORMED = [
    *_UNSIZED,
    *_of(
        "lower", "what_cancels_exactly_is_zero", "floats_never_decide_a_step",
        "a_boundary_that_is_0_whatever_the_length", "a_boundary_is_met_exactly",
        "a_boundary_in_total_is_whole_arithmetic", "forms",
        "a_form_whose_constant_no_float_holds_is_none", "a_number_whose_inverse_no_float_holds",
        "a_power_that_is_no_float_is_no_anchor", "a_power_that_is_nearly_none_is_no_anchor",
        "an_exponential_over_a_thousand_million_updates",
        "an_exponential_is_counted_from_its_end_though_it_is_large_there",
        "what_a_decay_leaves_after_a_thousand_million_updates_is_0",
        "stairs_in_samples_begin_where_they_begin", "stairs_over_next_to_nothing_begin_there",
        "whole_numbers_beside_a_root_of_the_length_stay_together",
        "a_decay_that_is_over_long_before_the_run", "a_form_is_chosen_for_runs_of_any_length",
        "what_the_length_decides", "next_to_nothing_beside_a_number_is_not_0",
        "what_is_compared_is_in_whole_numbers_that_floats_hold_or_in_none",
        "a_power_that_is_0_is_not_one_over_a_power_that_is_too_large",
        "stairs_beside_a_line_are_counted_from_where_both_begin",
        "a_high_power_in_a_phase_of_a_run_of_any_length_is_a_number",
    ),
]  # fmt: skip

_BACKENDS = {
    "arithmetic": _FORMED,
    "collect": _FORMED,
    "constants": [*_FORMED, *_of("lower", "a_long_power_of_a_negative_number_has_its_sign")],
    "differences": _FORMED,
    "geometric": [
        "tests/test_geometric.py", *_FORMED,
        *_of("lower", "floats_need_no_number_of_before_a_steep_phase"),
    ],
    "lines": _FORMED,
    "quotients": _FORMED,
    "lower": _FORMED,
    "plain": _FORMED,
    "stops": _FORMED,
    "waves": ["tests/test_waves.py", *_FORMED],
}

ROOMS: dict[str, list[str]] = {
    "schedc/expr.py": ["tests/test_operators.py", "tests/test_expr.py", "tests/test_limits.py"],
    "schedc/operators.py": ["tests/test_operators.py", "tests/test_expr.py"],
    "schedc/numeric.py": ["tests/test_operators.py", "tests/test_expr.py"],
    "schedc/horizon.py": ["tests/test_order.py", *_LAYOUT],
    "schedc/lengths.py": _LAYOUT,
    "schedc/laid.py": _LAYOUT,
    "schedc/tile.py": ["tests/test_tile.py", *_LAYOUT],
    "schedc/curves.py": _LAYOUT,
    "schedc/layout.py": _LAYOUT,
    "schedc/rounds.py": _LAYOUT,
    "schedc/guard.py": [
        "tests/test_guard.py",
        "tests/test_backends_python.py::test_what_the_generator_never_writes_is_never_run",
    ],
    **{f"schedc/{name}.py": tests for name, tests in _PROOFS.items()},
    **{f"schedc/backends/{name}.py": [*_WRITTEN, *tests] for name, tests in _BACKENDS.items()},
    **{f"schedc/backends/{name}.py": [*_LETTERS, *tests] for name, tests in _CHOSEN.items()},
}
"""Each room and the tests that hold it."""


@dataclass
class Score:
    """How one room fared. strange: what is explained, though a test kills it."""

    there: int = 0
    tried: int = 0
    killed: int = 0
    explained: int = 0
    survived: int = 0
    strange: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of those that are not explained."""
        return self.killed / max(self.tried - self.explained, 1)

    def row(self, room: str) -> str:
        plain = self.killed / max(self.tried, 1)
        return (
            f"{room:28}{self.there:8}{self.tried:8}{self.killed:8}{self.explained:11}"
            f"{self.survived:10}{plain:9.1%}{self.share:9.1%}"
        )


HEAD = (
    f"{'room':28}{'mutants':>8}{'tried':>8}{'killed':>8}{'explained':>11}{'survived':>10}"
    f"{'of all':>9}{'of rest':>9}"
)


def explained(room: str) -> dict[tuple[str, str, str], str]:
    """The mutants of a room that no test can kill: where, the lines, those instead, and why."""
    import yaml

    text = (Path(__file__).parent / "explained.yaml").read_text(encoding="utf-8")
    rows = (yaml.safe_load(text) or {}).get(room) or []
    return {(row.get("in", ""), row["not"], row["but"]): row["because"] for row in rows}


def survey(room: str, asked: argparse.Namespace) -> Score:
    """Try the mutants of one room, and print those that survive."""
    from mutants import mutants, shown
    from trials import Outcome, Room, reached, tried

    path = ROOT / room
    tree = ast.parse(path.read_text(encoding="utf-8"))
    of = Room(path, tree, asked.tests or ROOMS[room])
    every = mutants(tree)
    score = Score(there=len(every))
    reasons = explained(room)
    for place, before, after in reasons.keys() - {m.key[:3] for m in every}:
        score.strange.append(f"{room}: no such mutant in {place}: {before} → {after}")
    known: dict[tuple[str, ...], bool] = {}
    if asked.keep and asked.keep.exists():
        for line in asked.keep.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            known[tuple(row["mutant"])] = row["killed"]
    found = [m for m in every if not asked.place or m.place in asked.place]
    random.Random(asked.seed).shuffle(found)
    found = found[: asked.most]

    alike: set[tuple[str, str, str]] = set()  # explained, and alive
    dead: dict[tuple[str, str, str], str] = {}  # explained, but killed

    def judge(outcome: Outcome) -> None:
        mutant, reason = outcome.mutant, reasons.get(outcome.mutant.key[:3])
        score.tried += 1
        if outcome.killed:
            score.killed += 1
            if reason:
                dead[mutant.key[:3]] = f"explained, but killed: {shown(tree, mutant, room)}"
        elif reason:
            score.explained += 1
            alike.add(mutant.key[:3])
        else:
            score.survived += 1
            print(f"survived: {shown(tree, mutant, room)}\n{outcome.by}", flush=True)

    def name(mutant: object) -> tuple[str, ...]:
        return (room, *map(str, mutant.key))  # type: ignore[attr-defined]

    left = []
    for mutant in found:
        before = known.get(name(mutant))
        if before is None or (asked.survivors and not before):
            left.append(mutant)
        elif not asked.survivors:
            judge(Outcome(mutant, before, "", 0.0))
    if asked.survivors:
        left = [m for m in left if known.get(name(m)) is False and m.key[:3] not in reasons]
    if not left:
        score.strange += [text for key, text in dead.items() if key not in alike]
        return score
    begun = time.monotonic()
    map_of = reached(of)
    cost = sum(map_of.costs.values())
    print(f"{room}: {len(map_of.costs)} tests of {cost:.0f} s, {len(left)} mutants", flush=True)
    for outcome in tried(of, left, map_of):
        judge(outcome)
        if asked.keep:
            with asked.keep.open("a", encoding="utf-8") as kept:
                row = {"mutant": name(outcome.mutant), "killed": outcome.killed}
                row |= {"by": outcome.by, "seconds": round(outcome.seconds, 2)}
                print(json.dumps(row, ensure_ascii=False), file=kept)
        if time.monotonic() - begun > asked.seconds:
            break
    score.strange += [text for key, text in dead.items() if key not in alike]
    return score


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="*", help=f"of {', '.join(ROOMS)}")
    parser.add_argument("--tests", action="extend", nargs="+", help="instead of those of ROOMS")
    parser.add_argument("--in", dest="place", action="append", help="a function, as it is shown")
    parser.add_argument("--most", type=int, help="try so many of a room's mutants, at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="per room")
    parser.add_argument("--keep", type=Path, help="the file of outcomes")
    parser.add_argument("--survivors", action="store_true", help="those of --keep once more")
    parser.add_argument("--least", type=float, default=0.95)
    asked = parser.parse_args()
    os.environ["SCHEDC_CACHE"] = "off"
    os.chdir(ROOT)
    # imported once, before the processes part
    import hypothesis.strategies  # noqa: F401
    import lark  # noqa: F401
    import mpmath  # noqa: F401
    import sympy  # noqa: F401
    import yaml  # noqa: F401

    scores: dict[str, Score] = {}
    for room in asked.rooms or ROOMS:
        scores[room] = survey(room, asked)
        print(f"{HEAD}\n{scores[room].row(room)}\n", flush=True)
    print("\n".join([HEAD, *(score.row(room) for room, score in scores.items())]))
    strange = [line for score in scores.values() for line in score.strange]
    print("\n".join(strange))
    return int(bool(strange) or any(s.share < asked.least for s in scores.values()))


if __name__ == "__main__":
    sys.exit(main())
