"""What if a rule had been another one: history reckoned anew."""

from application.what_if.asking import Asked, ScratchTables, read_facts, reckon
from application.what_if.booked import Booked
from application.what_if.coded import CodedRules
from application.what_if.comparing import Comparison, Outcome, Question
from application.what_if.facts import FACT_KINDS, AnyFact, NotReckoned, facts_of
from application.what_if.figures import CREDITS, FIGURES, Figures
from application.what_if.life import Life
from application.what_if.rules import RuleFault, Rules, WrittenRules, present_rules
from application.what_if.written import changed_rules

__all__ = [
    "CREDITS",
    "FACT_KINDS",
    "FIGURES",
    "AnyFact",
    "Asked",
    "Booked",
    "CodedRules",
    "Comparison",
    "Figures",
    "Life",
    "NotReckoned",
    "Outcome",
    "Question",
    "RuleFault",
    "Rules",
    "ScratchTables",
    "WrittenRules",
    "changed_rules",
    "facts_of",
    "present_rules",
    "read_facts",
    "reckon",
]
