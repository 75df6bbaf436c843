"""Rules in Python: functions that answer a question anew, beside the present answers."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from application.what_if.facts import NotReckoned
from application.what_if.rules import Keeps, RuleFault, Rules

NAMESPACE: Mapping[str, Any] = {
    "__name__": "what_if_rules",
    "Decimal": Decimal,
    "date": date,
    "datetime": datetime,
    "timedelta": timedelta,
}
"""What a file of rules finds beside Python's own words."""


def _whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _percent(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 1_000


def _amount(value: Any) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and value >= 0


def _cents(value: Any) -> bool:
    return _amount(value) and value == value.quantize(Decimal("0.01"))


def _moment(value: Any) -> bool:
    return value is None or (isinstance(value, datetime) and value.tzinfo is not None)


QUESTIONS: dict[str, tuple[frozenset[str], Callable[[Any], bool], str]] = {
    "generation_price": (frozenset({"earlier", "at"}), _whole, "a whole number of credits"),
    "welcome_credits": (frozenset({"at"}), _whole, "a whole number of credits"),
    "expires_at": (
        frozenset({"origin", "credit_class", "at", "booked"}),
        _moment,
        "a datetime with its zone, or None",
    ),
    "line_price": (frozenset({"kind", "at", "booked"}), _cents, "a Decimal with two decimals"),
    "kdv_rate": (frozenset({"at", "booked"}), _amount, "a Decimal that is not negative"),
    "returned_percent": (frozenset({"kind", "cancelled", "at"}), _percent, "a whole percentage"),
    "refunded_percent": (frozenset({"at"}), _percent, "a whole percentage"),
    "fee_percent": (frozenset({"at"}), _percent, "a whole percentage"),
    "share_percent": (frozenset({"at"}), _percent, "a whole percentage"),
}
"""The questions that a file may answer: what is asked with, and what an answer must be."""


class CodedRules:
    """The present rules, but for the functions that a Python file defines.

    A function has the name of a question. Of its parameters each is given that the question has,
    and `present`, the present answer. The code runs with the rights of whoever starts it: it is a
    tool for operators and no place for other people's files.
    """

    def __init__(self, present: Rules, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._present = present
        self._functions = functions
        self._wanted = {
            name: tuple(inspect.signature(function).parameters)
            for name, function in functions.items()
        }

    @classmethod
    def of(cls, text: str, present: Rules, *, name: str = "rules.py") -> CodedRules:
        """The rules of a file's text, which is executed. Raises `RuleFault`."""
        space: dict[str, Any] = dict(NAMESPACE)
        try:
            exec(compile(text, name, "exec"), space)  # noqa: S102  # the operator's own file
        except SyntaxError as error:
            raise RuleFault(f"line {error.lineno}: {error.msg}") from error
        except Exception as error:
            raise RuleFault(f"line {_line(error, name)}: {error!r}") from error
        functions = {
            each: value
            for each, value in space.items()
            if inspect.isfunction(value) and not each.startswith("_")
        }
        known = ", ".join(QUESTIONS)
        for each, function in functions.items():
            if each not in QUESTIONS:
                raise RuleFault(f"there is no rule {each}; there are {known}")
            known_parameters = {*QUESTIONS[each][0], "present"}
            if strange := [
                p for p in inspect.signature(function).parameters if p not in known_parameters
            ]:
                raise RuleFault(
                    f"{each} asks for {strange[0]}; it may ask for"
                    f" {', '.join(sorted(known_parameters))}"
                )
        keeps = space.get("keeps", present.keeps)
        if keeps not in {"gross", "net"}:
            raise RuleFault(f'keeps is {keeps!r}; it must be "gross" or "net"')
        if not functions:
            raise RuleFault(f"it changes no rule; define a function named {known}")
        made = cls(present, functions)
        made.keeps = keeps
        return made

    keeps: Keeps = "gross"

    def generation_price(self, **asked: Any) -> int:
        return int(self._answer("generation_price", asked))

    def welcome_credits(self, **asked: Any) -> int:
        return int(self._answer("welcome_credits", asked))

    def expires_at(self, **asked: Any) -> datetime | None:
        answer: datetime | None = self._answer("expires_at", asked)
        return answer

    def line_price(self, **asked: Any) -> Decimal:
        return Decimal(self._answer("line_price", asked))

    def kdv_rate(self, **asked: Any) -> Decimal:
        return Decimal(self._answer("kdv_rate", asked))

    def returned_percent(self, **asked: Any) -> int:
        return int(self._answer("returned_percent", asked))

    def refunded_percent(self, **asked: Any) -> int:
        return int(self._answer("refunded_percent", asked))

    def fee_percent(self, **asked: Any) -> int:
        return int(self._answer("fee_percent", asked))

    def share_percent(self, **asked: Any) -> int:
        return int(self._answer("share_percent", asked))

    def _answer(self, name: str, asked: dict[str, Any]) -> Any:
        present = getattr(self._present, name)(**asked)
        function = self._functions.get(name)
        if function is None:
            return present
        facts = {**asked, "present": present}
        try:
            answer = function(**{wanted: facts[wanted] for wanted in self._wanted[name]})
        except Exception as error:
            line = _line(error, function.__code__.co_filename)
            raise NotReckoned(f"the rule {name} failed at line {line}: {error!r}") from error
        _, is_right, form = QUESTIONS[name]
        if not is_right(answer):
            raise NotReckoned(f"the rule {name} answered {answer!r}; it must be {form}")
        return answer


def _line(error: Exception, name: str) -> int:
    """The line of this file at which it was raised; 0 if it was elsewhere."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno or 0 for each in reversed(frames) if each.filename == name), 0)
