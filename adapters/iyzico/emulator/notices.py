"""What webhooks say, and what can be planned for the next of them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from adapters.iyzico.emulator.book import Page, Payment
from adapters.iyzico.emulator.provider import Provider

Body = dict[str, str | int]

NoticePlan = Literal[
    "drop",
    "hold",
    "reorder",
    "duplicate",
    "duplicate_new_reference",
    "before_callback",
    "failure_before",
    "failure_after",
    "wrong_signature",
    "signed",
    "unsigned",
    "unknown_event",
    "unknown_token",
]


class Plan(Struct, frozen=True, kw_only=True):
    """What happens to the next `times` webhooks, or only to those about a page or with a status.

    `hold` keeps one back until all are sent on request, `reorder` until the next one has been
    delivered. `failure_before` and `failure_after` add the news of a card that was refused on the
    same page. `signed` and `unsigned` overrule what the account is set to.
    """

    plan: NoticePlan
    times: Annotated[int, Meta(ge=1, le=1000)] = 1
    token: str | None = None
    status: str | None = None

    def fits(self, body: Body) -> bool:
        """Whether this is for a message."""
        return self.token in {None, body.get("token")} and self.status in {None, body.get("status")}


def about_page(provider: Provider, page: Page, *, status: str, event: str = "") -> Body:
    """News of a hosted page. Each card that is tried has a payment id, paid or not."""
    payment_id = page.payment_id if status == "SUCCESS" else None
    body = _start(provider, page.conversation_id)
    body |= {"status": status, "token": page.token}
    event = event or ("PWI_TKN_AUTH" if page.kind == "wallet" else "CHECKOUT_FORM_AUTH")
    return _whole(provider, body, event=event, payment_id=payment_id or provider.new_id())


def about_payment(provider: Provider, payment: Payment, *, status: str, event: str) -> Body:
    """News of a payment, in the form that has its id in place of a page's token."""
    return about_payment_id(
        provider, payment.payment_id, conversation=payment.conversation_id, news=(status, event)
    )


def about_payment_id(
    provider: Provider, payment_id: int, *, conversation: str, news: tuple[str, str]
) -> Body:
    """The same of a payment that is only promised; `news` are status and event."""
    status, event = news
    body = _start(provider, conversation)
    body |= {"paymentId": payment_id, "status": status}
    return _whole(provider, body, event=event, payment_id=payment_id)


def failure_of(provider: Provider, body: Body) -> Body:
    """News of another card that was refused on the same page."""
    return body | {
        "status": "FAILURE",
        "iyziReferenceCode": provider.numbers.token(),
        "iyziPaymentId": provider.new_id(),
    }


def _start(provider: Provider, conversation: str) -> Body:
    return {
        "paymentConversationId": conversation,
        "merchantId": provider.settings.merchant_id,
    }


def _whole(provider: Provider, body: Body, *, event: str, payment_id: int) -> Body:
    return body | {
        "iyziReferenceCode": provider.numbers.token(),
        "iyziEventType": event,
        "iyziEventTime": int(provider.now().timestamp() * 1000),
        "iyziPaymentId": payment_id,
    }
