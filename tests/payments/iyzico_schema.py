"""Which answer belongs to which call of iyzico, and whether one is as it has to be."""

from __future__ import annotations

import msgspec

from tests.payments.iyzico_report_shapes import Bounced, PaymentReport, Payouts, Transactions
from tests.payments.iyzico_shapes import (
    Answer,
    Cancelled,
    CardList,
    Failure,
    Installments,
    OpenedPage,
    OpenPageResult,
    PageResult,
    Paid,
    Prefix,
    RefundMade,
    Shape,
    StoredCard,
    ThreedsStarted,
)

FORM = "/payment/iyzipos/checkoutform"
SHAPES: dict[str, tuple[type[Shape], ...]] = {
    "GET /payment/test": (Answer,),
    "POST /payment/bin/check": (Prefix,),
    "POST /payment/iyzipos/installment": (Installments,),
    f"POST {FORM}/initialize/ecom": (OpenedPage,),
    f"POST {FORM}/initialize/auth/ecom": (OpenedPage,),
    f"POST {FORM}/initialize/preauth/ecom": (OpenedPage,),
    "POST /payment/pay-with-iyzico/initialize": (OpenedPage,),
    f"POST {FORM}/auth/ecom/detail": (PageResult, OpenPageResult),
    "POST /payment/detail": (Paid,),
    "POST /payment/auth": (Paid,),
    "POST /payment/preauth": (Paid,),
    "POST /payment/postauth": (Paid,),
    "POST /payment/3dsecure/initialize": (ThreedsStarted,),
    "POST /payment/3dsecure/initialize/preauth": (ThreedsStarted,),
    "POST /payment/3dsecure/auth": (Paid,),
    "POST /payment/v2/3dsecure/auth": (Paid,),
    "POST /payment/cancel": (Cancelled,),
    "POST /payment/refund": (RefundMade,),
    "POST /v2/payment/refund": (RefundMade,),
    "POST /payment/iyzipos/refund/merchant/charge": (RefundMade,),
    "POST /cardstorage/card": (StoredCard,),
    "DELETE /cardstorage/card": (Answer,),
    "POST /cardstorage/cards": (CardList,),
    "GET /v2/reporting/payment/details": (PaymentReport,),
    "GET /v2/reporting/payment/transactions": (Transactions,),
    "GET /v2/reporting/payment/scroll-transactions": (Transactions,),
    "POST /reporting/settlement/payoutcompleted": (Payouts,),
    "POST /reporting/settlement/bounced": (Bounced,),
}


def mistake_in(call: str, body: bytes) -> str | None:
    """What is wrong with an answer to a call such as `GET /payment/test`; None when all is well."""
    status = msgspec.json.decode(body).get("status")
    shapes = SHAPES[call] if status == "success" else (Failure,)
    mistakes = []
    for shape in shapes:
        try:
            msgspec.json.decode(body, type=shape)
        except msgspec.ValidationError as error:
            mistakes.append(f"{shape.__name__}: {error}")
        else:
            return None
    return f"{call}: {'; '.join(mistakes)}"
