"""The language as documents: schedule.lark (grammar), prelude.sched (vocabulary), README.md
(reference)."""
