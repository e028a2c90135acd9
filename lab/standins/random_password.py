"""Stand-in for pulumi-random's RandomPassword: inputs, generation, what a change means."""

import secrets
import string
from collections.abc import Mapping
from typing import Any

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
DEFAULTS: Mapping[str, Any] = {
    "special": True,
    "upper": True,
    "lower": True,
    "numeric": True,
    "minSpecial": 0,
    "minUpper": 0,
    "minLower": 0,
    "minNumeric": 0,
}
PROPERTIES = {*DEFAULTS, "length", "keepers", "overrideSpecial", "number"}


def failures(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the inputs: (property, reason)."""
    problems = [(name, "unknown property") for name in sorted(set(inputs) - PROPERTIES)]
    length = inputs.get("length")
    if not isinstance(length, int | float) or length < 1:
        return [*problems, ("length", "must be a number of at least 1")]
    least = sum(inputs.get(key, 0) for key in DEFAULTS if key.startswith("min"))
    if least > length:
        problems.append(
            ("length", f"must hold the {least:.0f} characters that the minimums ask for")
        )
    if not any(alphabets(with_defaults(inputs)).values()):
        problems.append(("length", "no kind of character is left to choose from"))
    return problems


def with_defaults(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as the provider stores them; `number` is the old name of `numeric`."""
    full = {**DEFAULTS, **inputs}
    if "number" in inputs and "numeric" not in inputs:
        full["numeric"] = inputs["number"]
    full["number"] = full["numeric"]
    return full


def alphabets(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The characters of each kind; empty where a kind is switched off."""
    special = inputs.get("overrideSpecial") or SPECIAL
    kinds = {
        "Lower": string.ascii_lowercase,
        "Upper": string.ascii_uppercase,
        "Numeric": string.digits,
        "Special": special,
    }
    return {kind: text if inputs[kind.lower()] else "" for kind, text in kinds.items()}


def generate(inputs: Mapping[str, Any]) -> str:
    """A password of the wanted length with at least the wanted number of each kind."""
    kinds = alphabets(inputs)
    everything = "".join(kinds.values())
    characters = []
    for kind, alphabet in kinds.items():
        source = alphabet or SPECIAL if kind == "Special" else alphabet
        for _ in range(int(inputs[f"min{kind}"])):
            characters.append(secrets.choice(source or everything))
    while len(characters) < int(inputs["length"]):
        characters.append(secrets.choice(everything))
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def replaced_by(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The properties whose change makes a new password: every one, as in the real provider."""
    return sorted(name for name in {*old, *new} & PROPERTIES if old.get(name) != new.get(name))
