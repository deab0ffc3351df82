"""The README's first tour: what its commands print must be what the README shows.

The second one is run by tests/examples.
"""

from support import console


def test_the_first_tour(installed):
    found = console.sections()
    assert list(found) == ["Five minutes", "From data to a run that can be repeated"]
    steps = found["Five minutes"]
    assert len(steps) > 20

    for step, printed in zip(steps, console.outputs(steps, installed), strict=True):
        assert printed == step.shown, f"$ {step.command}"
