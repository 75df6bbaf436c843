"""Whatever iyzico answers ends as a typed result, and as paid only when everything agrees."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.iyzico.answers import (
    PAYMENT_SEAL,
    RETRIEVE_SEAL,
    Answer,
    BrokenAnswer,
    TransactionReference,
    checkout_outcome,
    detail_outcome,
    payment_outcome,
    read_answer,
)
from adapters.iyzico.cancels import CancelAsked, earlier_cancel, refused_cancel
from adapters.iyzico.merchant import judged
from adapters.iyzico.offers import read_offers
from adapters.iyzico.refunds import RefundAsked, earlier_refund, refund_outcome
from adapters.iyzico.report_rows import (
    page_count,
    read_bounced,
    read_payouts,
    read_transactions,
)
from adapters.iyzico.settlements import read_file
from adapters.iyzico.vault import read_cards, read_forgotten
from application.ports import (
    CheckoutForm,
    Declined,
    InReview,
    InstallmentOffer,
    Invalid,
    Misconfigured,
    NotFinal,
    Paid,
    PaymentExpectation,
    Pending,
    RateLimited,
    Refunded,
    ReportUnreadable,
    SavedCard,
    Unknown,
)
from domain.shared.money import Money
from tests.payments.iyzico_answers import (
    ATTEMPT,
    AWKWARD,
    DAY,
    DAY_REPORT,
    EXAMPLES,
    LINE,
    ORDER,
    PAID,
    REFUND,
    SEALS,
    SECRET,
    TOKEN,
    changed,
    names_in,
    read,
    signed,
)

EXPECTED = PaymentExpectation(attempt_id=ATTEMPT, order_id=ORDER, total=Money.of("1260.50"))
REFERENCE = TransactionReference("24111111", "25222222")
ASKED = RefundAsked(REFUND, Money.of(60))
CANCEL = CancelAsked(uuid4(), "24111111", Money.of("1260.50"))

OTHERS: dict[str, list[object]] = {
    "paymentStatus": ["FAILURE", "INIT_THREEDS", "success", "", None, 1],
    "paymentId": ["", None, 0.5, True],
    "currency": ["USD", "try", "", None],
    "basketId": [str(ATTEMPT), str(ORDER).upper() + " ", "", None],
    "conversationId": [str(ORDER), "", None],
    "paidPrice": [Decimal("1260.49"), Decimal("1260.51"), "1260.5 TL", "-1260.5", 0, None],
    "price": [Decimal("1260.49"), Decimal("1260.51"), Decimal("1260.500001"), 0, None],
    "token": ["another", "", None],
    "fraudStatus": [0, -1, 2, "approved", None, True],
    "status": ["failure", "SUCCESS", None, True],
    "itemTransactions": [[], None, {}, [None], [{}]],
    "installment": ["many", -1, 1.5, 10**6],
}

# What answers are made of, so that what is drawn comes past the first check.
words = st.sampled_from(sorted(names_in(EXAMPLES) | {"retryable", "signature", "errorMessage"}))
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["success", "SUCCESS", "FAILURE", "TRY", "1", "50000", "5002", "1001"])
    | st.sampled_from([TOKEN, str(ATTEMPT), "24111111", "http://[", "https://x.test/", "1e9999"])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(), inner),
    max_leaves=12,
)
documents = st.dictionaries(words | st.text(max_size=10), values, max_size=6)
fragments = documents | st.builds(changed, st.sampled_from(EXAMPLES), documents)

KINDS: tuple[type, ...] = (
    CheckoutForm,
    Declined,
    InReview,
    Invalid,
    Misconfigured,
    NotFinal,
    Paid,
    Pending,
    RateLimited,
    Refunded,
    Unknown,
    InstallmentOffer,
    SavedCard,
)


def paid_by(answer: Answer) -> tuple[object, object]:
    """What both ways of asking take the answer for, the page's first."""
    return (
        judged(lambda: payment_outcome(answer, TOKEN, expected=EXPECTED, secret_key=SECRET)),
        judged(lambda: detail_outcome(answer, expected=EXPECTED, secret_key=SECRET)),
    )


def results_of(answer: Answer) -> list[object]:
    """What each reader takes the answer for."""
    readers: tuple[Callable[[], object], ...] = (
        lambda: checkout_outcome(answer, ATTEMPT, secret_key=SECRET),
        lambda: refund_outcome(answer, REFERENCE, asked=ASKED, secret_key=SECRET),
        lambda: earlier_refund(answer, REFERENCE, asked=ASKED),
        lambda: earlier_cancel(answer, CANCEL),
        lambda: refused_cancel(answer, CANCEL),
        lambda: read_forgotten(answer),
        lambda: read_offers(answer, Money.of(1)),
        lambda: read_cards(answer, "key"),
    )
    return [*paid_by(answer), *(judged(reader) for reader in readers)]


def must_be_typed(answer: Answer) -> None:
    """Nothing is raised, and every result can be kept."""
    for result in results_of(answer):
        inside = result if isinstance(result, tuple) else (result,)
        assert all(each is None or isinstance(each, KINDS) for each in inside)
        msgspec.json.encode(result)


@given(fragments, st.sampled_from([None, *SEALS]))
def test_any_json_ends_as_a_typed_result(document: Answer, seal: tuple[str, ...] | None) -> None:
    must_be_typed(read(signed(document, seal) if seal else document))


@pytest.mark.parametrize("awkward", AWKWARD, ids=repr)
def test_any_field_may_be_anything(awkward: object) -> None:
    for example in EXAMPLES:
        for name in names_in(example):
            spoilt = changed(example, {name: awkward})
            for seal in SEALS:
                must_be_typed(read(signed(spoilt, seal)))


def must_be_read_or_unreadable(answer: Answer) -> None:
    """What is read of a report can be kept, and nothing else is raised."""
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_transactions(answer, DAY),
        lambda: read_payouts(answer),
        lambda: read_bounced(answer),
        lambda: page_count(answer, asked=1),
    )
    for reader in readers:
        with contextlib.suppress(ReportUnreadable):
            msgspec.json.encode(reader())


@given(fragments)
def test_a_report_of_any_shape_is_read_or_is_unreadable(document: Answer) -> None:
    must_be_read_or_unreadable(read(document))


@pytest.mark.parametrize("awkward", AWKWARD, ids=repr)
def test_any_field_of_a_report_may_be_anything(awkward: object) -> None:
    for name in names_in(DAY_REPORT):
        must_be_read_or_unreadable(read(changed(DAY_REPORT, {name: awkward})))


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader_of_answers(body: bytes) -> None:
    with contextlib.suppress(BrokenAnswer):
        assert isinstance(read_answer(body), dict)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_bytes_break_the_reader_of_settlement_files(content: bytes) -> None:
    head = b"settlementReferenceCode,transactionType,paymentTransactionId,payoutAmount\r\n"
    for whole in (content, head + content):
        with contextlib.suppress(ReportUnreadable):
            read_file(whole, "a file")


@given(fragments)
def test_what_was_not_signed_is_never_paid(document: Answer) -> None:
    answer = read(PAID | document | {"signature": "0" * 64})
    for outcome in paid_by(answer):
        assert not isinstance(outcome, Paid | InReview)


def test_what_agrees_and_is_signed_is_paid() -> None:
    by_page, _ = paid_by(signed(PAID))
    _, by_attempt = paid_by(signed(PAID, PAYMENT_SEAL))
    assert isinstance(by_page, Paid)
    assert by_page == by_attempt


@pytest.mark.parametrize(
    ("name", "other"), [(name, other) for name, others in OTHERS.items() for other in others]
)
@pytest.mark.parametrize("resigned", [True, False])
@pytest.mark.parametrize("seal", [RETRIEVE_SEAL, PAYMENT_SEAL])
def test_nothing_is_paid_when_one_thing_does_not_agree(
    name: str, other: object, resigned: bool, seal: tuple[str, ...]
) -> None:
    answer = signed(PAID | {name: other}, seal) if resigned else signed(PAID, seal) | {name: other}
    by_page, by_attempt = paid_by(answer)
    if seal == RETRIEVE_SEAL:
        assert not isinstance(by_page, Paid)
    elif name not in {"token", "paymentStatus"}:
        assert not isinstance(by_attempt, Paid)


@given(st.data())
def test_no_two_changes_make_up_for_each_other(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(OTHERS)), min_size=1, unique=True))
    others = {name: data.draw(st.sampled_from(OTHERS[name])) for name in names}
    by_page, _ = paid_by(signed(PAID | others))
    assert not isinstance(by_page, Paid)


@given(st.integers(1, 12), st.decimals(0, 5000, places=2))
def test_only_instalments_may_cost_more_than_was_asked(count: int, more: Decimal) -> None:
    charged = PAID["price"] + more
    line = PAID["itemTransactions"][0] | {"paidPrice": charged}
    dearer = {"paidPrice": charged, "installment": count, "itemTransactions": [line]}
    by_page, _ = paid_by(signed(PAID | dearer))
    assert isinstance(by_page, Paid) == (more == 0 or count > 1)
    if isinstance(by_page, Paid):
        assert by_page.paid == Money.of(charged)
        assert by_page.lines[0].line_id == UUID(str(LINE))
