"""The settings of what the payment page offers: instalments, and cards that were saved."""

from __future__ import annotations

from msgspec import Struct

from deploy.environment import Environment

MEANINGS: dict[str, str] = {
    "INSTALLMENTS": "the numbers of instalments that are offered (1,2,3,6,9,12)",
    "SAVE_CARDS": "whether the payment page shows the cards that the shopper has saved (yes)",
}
POSSIBLE = (1, 2, 3, 4, 6, 9, 12)
"""The numbers of instalments that the provider knows."""
USUAL = "1,2,3,6,9,12"


class TillSettings(Struct, frozen=True, kw_only=True):
    """What the payment page offers."""

    installments: tuple[int, ...]
    save_cards: bool


def till_settings(variables: Environment) -> TillSettings:
    """What is set, or what is usual."""
    return TillSettings(
        installments=_installments(variables), save_cards=variables.flag("SAVE_CARDS", default=True)
    )


def _installments(variables: Environment) -> tuple[int, ...]:
    given = variables.text("INSTALLMENTS", USUAL).replace(" ", "").split(",")
    possible = {str(count): count for count in POSSIBLE}
    if "1" not in given or not possible.keys() >= set(given):
        variables.fault(
            "INSTALLMENTS",
            "are not numbers of instalments",
            fix=f"give 1 and any of {', '.join(possible)}, by commas",
        )
        return (1,)
    return tuple(sorted({possible[each] for each in given}))
