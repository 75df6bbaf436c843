"""What customers are told of a return: asked, decided, awaited, arrived, over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from application.notifications import SendMail
from application.ports import Language
from application.work import Intent, when
from domain.returns import RejectedFor, Return
from domain.returns.policy import Remedy
from domain.shared.days import TURKEY
from domain.shared.money import Money

ITEMS: dict[str, tuple[str, str]] = {
    "cover": ("kitap kapağı", "book cover"),
    "design_fee": ("tasarım", "design"),
    "message_card": ("mesaj kartı", "message card"),
    "cargo": ("kargo", "delivery"),
    "credits": ("kredi", "credits"),
}
"""What a return is about, in Turkish and English."""

REMEDIES: dict[Remedy, tuple[str, str]] = {
    "refund": ("ücretini iade edeceğiz", "we return its price"),
    "reprint": ("kapağınızı yeniden basacağız", "we print your cover once more"),
}
"""What was granted, as a part of a sentence."""

BECAUSE: dict[RejectedFor, tuple[str, str]] = {
    "claim": (
        "talebiniz iade koşullarımıza uymuyor",
        "it does not meet our terms of return",
    ),
    "condition": (
        "bize ulaşan ürün bildirdiğiniz durumda değil",
        "what reached us is not in the state that you described",
    ),
    "not_owed": (
        "incelememizde iade edilmesi gereken bir tutar çıkmadı",
        "we found nothing that would have to be paid back",
    ),
}
"""Why a return was rejected, as a part of a sentence."""

WHERE_TO_READ = (
    "Nereye ve nasıl göndereceğinizi iade talebinizde okuyabilirsiniz.",
    "You will find in your request where and how to send it.",
)
USUAL_WAY = (
    "Ürünü iyi paketleyip faturanızda yazan adresimize gönderin.",
    "Please send it, well packed, to our address as it stands on your invoice.",
)
"""For returns that were approved without instructions of their own."""

_Any = (
    Return.Requested
    | Return.Approved
    | Return.Rejected
    | Return.Reminded
    | Return.Lapsed
    | Return.Received
    | Return.Refunded
)


@when(Return.Requested)
def confirm_request(event: Return.Requested) -> Iterator[Intent]:
    """The customer reads until when they hear from us."""
    yield _mail(event, "return_requested", until=_day(event.answer_by))


@when(Return.Approved)
def tell_approved(event: Return.Approved) -> Iterator[Intent]:
    """The customer reads what we will do, and whether and until when to send it back, and how."""
    until = event.granted.send_by
    if event.granted.send_back and until:
        yield _mail(
            event,
            "return_approved_send",
            said={
                "remedy": REMEDIES[event.remedy],
                "instructions": WHERE_TO_READ if event.instructions else USUAL_WAY,
            },
            until=_day(until),
        )
    else:
        yield _mail(event, "return_approved", said={"remedy": REMEDIES[event.remedy]})


@when(Return.Rejected)
def tell_rejected(event: Return.Rejected) -> Iterator[Intent]:
    """The customer reads why in short; what staff wrote waits where they are signed in."""
    yield _mail(event, "return_rejected", said={"because": BECAUSE[event.because]})


@when(Return.Reminded)
def remind(event: Return.Reminded) -> Iterator[Intent]:
    """What was approved is awaited, for some days more."""
    yield _mail(event, "return_reminder", until=_day(event.send_by))


@when(Return.Lapsed)
def tell_lapsed(event: Return.Lapsed) -> Iterator[Intent]:
    """It was not sent in time, so that nothing follows."""
    yield _mail(event, "return_lapsed")


@when(Return.Received)
def tell_received(event: Return.Received) -> Iterator[Intent]:
    """It has arrived, which the sender could not know."""
    yield _mail(event, "return_received")


@when(Return.Refunded)
def tell_settled(event: Return.Refunded) -> Iterator[Intent]:
    """Money that goes back as it was asked for is told with its document; else it is told here."""
    if event.otherwise:
        yield _mail(event, "return_settled", amount=event.amount)


def _mail(
    event: _Any,
    template: str,
    *,
    said: dict[str, tuple[str, str]] | None = None,
    amount: Money | None = None,
    **facts: str,
) -> Intent:
    worded = {"item": ITEMS[event.item], **(said or {})}
    languages: tuple[Language, Language] = ("tr", "en")
    return SendMail(
        person_id=event.customer_id,
        template=template,
        facts={"number": event.number, **facts},
        worded={
            language: {name: words[place] for name, words in worded.items()}
            for place, language in enumerate(languages)
        },
        amount=amount,
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(TURKEY):%d.%m.%Y}"
