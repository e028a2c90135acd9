"""How often a property or a simulation is tried: fewer times by `scripts/test --fast`."""

from hypothesis import HealthCheck, settings

WHOLE, FAST = "whole", "fast"
EXAMPLES = {WHOLE: 100, FAST: 15}  # of a property that asks for no number of its own


def register() -> None:
    """Makes both known to Hypothesis; without `--hypothesis-profile` it is the whole."""
    for name, number in EXAMPLES.items():
        settings.register_profile(
            name,
            settings.get_profile("default"),
            max_examples=number,
            # Both judge how busy the machine is, and nothing of ours.
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            print_blob=True,
        )
    settings.load_profile(WHOLE)


def examples(whole: int, least: int = 1) -> int:
    """`whole`, or the share of it that the profile leaves; fewer than `least` show nothing."""
    return max(least, whole * settings().max_examples // EXAMPLES[WHOLE])
