"""A language server: what editors ask while somebody types, answered by the compiler itself.

In: open texts and places in them. Out: findings, words to insert, explanations, edits.
The one rule: an editor and `schedc check` never say different things.
"""
