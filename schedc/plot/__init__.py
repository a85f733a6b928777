"""Pictures of schedules, before a run and for a review.

In: a compiled program. Out: letters for a terminal, SVG, PNG (needs matplotlib), a page of HTML.
The one rule: what is drawn is what trains: every value comes from the compiled function.
"""
