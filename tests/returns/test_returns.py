"""A return from the first word to its end: what each side may do, when, and what comes of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from application.four_eyes import Hand
from application.payments import RecordPaidOutside, RefundOrder, RetryRefund
from application.ports import Declined, Pending, Refunded
from application.production import CancelReprint
from application.returns import (
    CancelReturn,
    NotOfTheReturnsDesk,
    RejectReturn,
    ReprintReturn,
    RequestReturn,
)
from application.terms import Terms
from application.work_items import ResolveWorkItem
from domain.orders import Order
from domain.payments import RefundPart, RefundTooLarge
from domain.production import PrintJob
from domain.returns import (
    MOST_PICTURES,
    MOST_RETURNS,
    AmountNotOwed,
    MoneyGoesBackAlready,
    NoReprintLeft,
    NotBackYet,
    NothingToSend,
    PersonalisedGoods,
    PicturesMissing,
    QuantityTooLarge,
    ReasonNotForGoods,
    ReasonUnsaid,
    RemedyNotOffered,
    RemedyWasAnother,
    ReturnCannotMove,
    ReturnOpen,
    ReturnTooLate,
    TooManyPictures,
    TooManyReturns,
)
from domain.shared.errors import NotFound, StaleVersion
from domain.shared.four_eyes import NotFinance, OwnBenefit
from domain.shared.money import Money
from domain.work_items import WorkItem
from tests.returns.examples import (
    ADMIN,
    ARRIVED,
    ATTEMPT,
    BY,
    BY_FINANCE,
    BY_SECOND,
    CUSTOMER,
    LINE,
    LINES,
    ORDER,
    PRICE,
    PRINT_FILE,
    STRANGER,
    Desk,
    approves,
    asks,
    id_of,
    receives,
    refunds,
    shows,
)

GONE = Refunded("refund-1")
NO = Declined(group="NOT_PERMITTED", code="5093", message="no")
REQUEST = UUID(int=77)


@pytest.fixture
async def desk() -> Desk:
    """Everything has arrived."""
    return await Desk().open()


async def refund_of(desk: Desk, kind: str = "cover") -> UUID:
    """The refund that is to bring the return's money."""
    asked = await desk.asked(kind)  # type: ignore[arg-type]  # a kind of line
    return asked.refund_ids[-1]


async def approved(desk: Desk) -> None:
    await desk.all_of(asks(), shows(), approves())


async def refunding(desk: Desk) -> UUID:
    """The cover is back, and its money is to follow; the refund of it."""
    await approved(desk)
    await desk.all_of(receives(), refunds())
    return await refund_of(desk)


async def test_a_damaged_cover_comes_back_and_its_money_goes(desk: Desk) -> None:
    refund_id = await refunding(desk)
    assert (await desk.asked()).state == "refunding"
    await desk.told(refund_id, GONE)
    asked, order, invoice = await desk.asked(), await desk.order(), await desk.invoice()
    assert (asked.state, asked.amount) == ("refunded", PRICE["cover"])
    assert order.returned[LINE["cover"]] == PRICE["cover"]
    assert set(invoice.returns) == {refund_id} == order.settled


async def test_all_that_follows_when_money_has_gone_is_in_one_commit(desk: Desk) -> None:
    await desk.all_of(
        asks("design_fee", "not_as_approved"),
        approves("design_fee", send_back=False),
        refunds("design_fee"),
    )
    await desk.told(await refund_of(desk, "design_fee"), GONE)
    [commit] = [
        [each.TOPIC for each in append.events]
        for append in desk.log.appended
        if any(isinstance(each, Order.MoneyReturned) for each in append.events)
    ]
    told = {
        "payment.line_refunded",
        "order.money_returned",
        "order.money_settled",
        "invoice_book.opened",
        "return.refunded",
    }
    assert told < set(commit)
    assert any(topic.startswith("return_document.") for topic in commit)
    assert any(topic.startswith(("designer_account.", "earning")) for topic in commit)


async def test_a_changed_mind_is_no_reason_for_what_was_made_for_one_reader(desk: Desk) -> None:
    await desk.refuses(PersonalisedGoods, asks("cover", "changed_mind"))
    await desk.do(asks("message_card", "changed_mind"))
    assert (await desk.asked("message_card")).state == "requested"


async def test_each_kind_of_goods_has_reasons_and_remedies_of_its_own(desk: Desk) -> None:
    await desk.refuses(ReasonNotForGoods, asks("cargo", "misprinted"))
    await desk.refuses(ReasonNotForGoods, asks("design_fee", "damaged"))
    await desk.refuses(RemedyNotOffered, asks("message_card", "damaged", wanted="reprint"))


async def test_what_is_not_ones_own_is_not_found(desk: Desk) -> None:
    other = RequestReturn(
        order_id=ORDER, customer_id=STRANGER, line_id=LINE["cover"], reason="damaged"
    )
    await desk.refuses(NotFound, other)
    no_line = RequestReturn(
        order_id=ORDER, customer_id=CUSTOMER, line_id=UUID(int=5), reason="damaged"
    )
    await desk.refuses(NotFound, no_line)
    await desk.do(asks())
    await desk.refuses(NotFound, CancelReturn(return_id=id_of(), customer_id=STRANGER))


async def test_it_can_be_asked_until_the_fourteenth_day_has_ended(desk: Desk) -> None:
    desk.clock.set(ARRIVED + timedelta(days=14, hours=11))
    await desk.do(asks())
    desk.clock.set(ARRIVED + timedelta(days=15))
    refusal = await desk.refuses(ReturnTooLate, asks("cargo", "not_arrived"))
    assert refusal.facts["until"] > ARRIVED + timedelta(days=14)


async def test_one_return_of_a_line_is_open_at_a_time(desk: Desk) -> None:
    await desk.do(asks())
    refusal = await desk.refuses(ReturnOpen, asks())
    assert refusal.facts["return_id"] == id_of()
    await desk.do(asks("message_card", "damaged"))


async def test_a_line_is_asked_back_so_often_and_not_more(desk: Desk) -> None:
    for turn in range(MOST_RETURNS):
        await desk.do(asks())
        await desk.do(CancelReturn(return_id=id_of(turn=turn), customer_id=CUSTOMER))
    await desk.refuses(TooManyReturns, asks())


async def test_no_more_pieces_come_back_than_were_bought(desk: Desk) -> None:
    await desk.refuses(QuantityTooLarge, asks("message_card", "changed_mind", quantity=3))
    await desk.all_of(
        asks("message_card", "changed_mind"),
        approves("message_card"),
        receives("message_card"),
        refunds("message_card"),
    )
    await desk.told(await refund_of(desk, "message_card"), GONE)
    assert (await desk.order()).returned[LINE["message_card"]] == Money.of("22.75")
    await desk.refuses(QuantityTooLarge, asks("message_card", "changed_mind", quantity=2))
    await desk.do(asks("message_card", "changed_mind"))


async def test_a_defect_is_shown_before_it_is_approved(desk: Desk) -> None:
    await desk.do(asks())
    await desk.refuses(PicturesMissing, approves())
    for number in range(MOST_PICTURES):
        await desk.do(shows(number=number))
    await desk.do(shows(number=0))
    await desk.refuses(TooManyPictures, shows(number=9))
    await desk.do(approves())
    await desk.refuses(ReturnCannotMove, shows(number=9))


async def test_staff_decide_but_nobody_on_what_is_their_own(desk: Desk) -> None:
    await desk.all_of(asks(), shows())
    await desk.refuses(NotOfTheReturnsDesk, approves(by=Hand(person_id=STRANGER)))
    own = RequestReturn(
        order_id=ORDER, customer_id=CUSTOMER, line_id=LINE["cargo"], reason="not_arrived"
    )
    await desk.do(own)
    await desk.promote(CUSTOMER)
    await desk.refuses(OwnBenefit, approves("cargo", send_back=False, by=Hand(person_id=CUSTOMER)))


async def test_of_two_who_decide_the_second_is_told_so(desk: Desk) -> None:
    await desk.all_of(asks(), shows(), approves())
    await desk.refuses(
        ReturnCannotMove, RejectReturn(return_id=id_of(), by=BY_SECOND, said="Görünmüyor")
    )
    stale = RejectReturn(return_id=id_of(), by=BY_SECOND, said="Görünmüyor", expected_version=2)
    await desk.refuses(StaleVersion, stale)


async def test_a_decision_said_again_is_the_same_and_another_one_is_refused(desk: Desk) -> None:
    await desk.all_of(asks(), shows(), approves(), approves())
    await desk.refuses(ReturnCannotMove, approves(send_back=False))
    await desk.refuses(ReturnCannotMove, replace(approves(), instructions="Başka bir adrese"))
    await desk.all_of(receives(), receives())
    await desk.refuses(ReturnCannotMove, replace(receives(), condition="worse"))
    rejects = RejectReturn(return_id=id_of(), by=BY, said="Kahve dökülmüş")
    await desk.all_of(rejects, rejects)
    await desk.refuses(ReturnCannotMove, replace(rejects, said="Yırtılmış"))


async def test_who_rejects_says_why(desk: Desk) -> None:
    await desk.do(asks())
    await desk.refuses(ReasonUnsaid, RejectReturn(return_id=id_of(), by=BY, said="  "))
    await desk.do(RejectReturn(return_id=id_of(), by=BY, said="Fotoğraf başka bir ürünün"))
    assert (await desk.asked()).state == "rejected"
    await desk.do(asks())


async def test_what_came_back_worse_than_told_can_still_be_rejected(desk: Desk) -> None:
    await approved(desk)
    await desk.all_of(receives(), RejectReturn(return_id=id_of(), by=BY, said="Kahve dökülmüş"))
    assert (await desk.asked()).state == "rejected"
    await desk.refuses(ReturnCannotMove, refunds())


async def test_a_customer_keeps_it_until_it_is_received(desk: Desk) -> None:
    await approved(desk)
    await desk.do(receives())
    await desk.refuses(ReturnCannotMove, CancelReturn(return_id=id_of(), customer_id=CUSTOMER))


async def test_money_goes_when_it_is_back_unless_sending_was_waived(desk: Desk) -> None:
    await approved(desk)
    await desk.refuses(NotBackYet, refunds())
    await desk.all_of(asks("cargo", "not_arrived"))
    await desk.refuses(NothingToSend, approves("cargo"))
    await desk.all_of(approves("cargo", send_back=False), refunds("cargo"))
    assert (await desk.asked("cargo")).state == "refunding"


async def test_an_approved_return_is_reminded_of_and_lapses(desk: Desk) -> None:
    await approved(desk)
    send_by = (await desk.asked()).granted.send_by
    assert send_by
    await desk.wait_until(send_by - timedelta(days=1))
    assert (await desk.asked()).reminded
    assert (await desk.asked()).state == "approved"
    await desk.wait_until(send_by)
    assert (await desk.asked()).state == "lapsed"


async def test_what_is_here_does_not_lapse(desk: Desk) -> None:
    await approved(desk)
    send_by = (await desk.asked()).granted.send_by
    assert send_by
    await desk.do(receives())
    await desk.wait_until(send_by)
    assert ((await desk.asked()).state, (await desk.asked()).reminded) == ("received", False)


async def test_a_return_that_nobody_answers_is_somebodys_work(desk: Desk) -> None:
    await desk.all_of(asks(), shows())
    await desk.wait_until((await desk.asked()).answer_by)
    item = await desk.item("return_unanswered", str(id_of()))
    assert item
    assert (item.state, item.order_id) == ("open", ORDER)
    await desk.all_of(approves())
    item = await desk.item("return_unanswered", str(id_of()))
    assert item
    assert item.state == "lapsed"


async def test_an_answered_return_is_nobodys_work(desk: Desk) -> None:
    await approved(desk)
    await desk.wait_until((await desk.asked()).answer_by)
    assert WorkItem.Opened not in desk.happened()


async def test_another_amount_is_for_finance_to_say(desk: Desk) -> None:
    await approved(desk)
    await desk.do(receives())
    await desk.refuses(NotFinance, refunds(amount="100.00"))
    await desk.refuses(AmountNotOwed, refunds(amount="1260.01", by=BY_FINANCE))
    await desk.do(refunds(amount="100.00", by=BY_FINANCE))
    await desk.told(await refund_of(desk), GONE)
    assert (await desk.order()).returned[LINE["cover"]] == Money.of("100.00")


async def test_what_finance_gave_before_is_counted(desk: Desk) -> None:
    await approved(desk)
    part = RefundPart(line_id=LINE["cover"], amount=Money.of("1000.00"))
    await desk.all_of(
        receives(),
        RefundOrder(order_id=ORDER, request_id=REQUEST, reason="goodwill", parts=(part,)),
    )
    await desk.refuses(RefundTooLarge, refunds(amount="500.00", by=BY_FINANCE))
    await desk.do(refunds())
    assert (await desk.asked()).amount == Money.of("260.00")


async def test_money_that_is_on_its_way_by_another_refund_is_no_second_money(desk: Desk) -> None:
    await approved(desk)
    part = RefundPart(line_id=LINE["cover"], amount=PRICE["cover"])
    await desk.all_of(
        receives(),
        RefundOrder(order_id=ORDER, request_id=REQUEST, reason="goodwill", parts=(part,)),
    )
    await desk.refuses(MoneyGoesBackAlready, refunds())
    attempt = await desk.attempt()
    await desk.told(attempt.refund_id_of(REQUEST, LINE["cover"]), GONE)
    await desk.do(refunds())
    asked = await desk.asked()
    assert (asked.state, asked.amount) == ("refunded", PRICE["cover"])
    assert (await desk.order()).refunded == PRICE["cover"]


async def test_what_a_coupon_paid_in_full_is_printed_once_more_and_never_refunded() -> None:
    free = replace(LINES[0], gross=Money.of(0), discount=LINES[0].gross)
    desk = await Desk(lines=(free, *LINES[1:])).open()
    await desk.refuses(RemedyNotOffered, asks())
    await desk.all_of(asks(wanted="reprint"), shows())
    await desk.refuses(RemedyNotOffered, approves(remedy="refund"))
    await desk.all_of(approves(remedy="reprint", send_back=False))
    await desk.refuses(RemedyWasAnother, refunds())
    await desk.all_of(ReprintReturn(return_id=id_of(), by=BY))
    assert (await desk.asked()).state == "reprinting"


async def test_a_line_whose_money_has_gone_is_not_returned(desk: Desk) -> None:
    part = RefundPart(line_id=LINE["cover"], amount=PRICE["cover"])
    await desk.do(RefundOrder(order_id=ORDER, request_id=REQUEST, reason="goodwill", parts=(part,)))
    attempt = await desk.attempt()
    await desk.told(attempt.refund_id_of(REQUEST, LINE["cover"]), GONE)
    await desk.refuses(MoneyGoesBackAlready, asks())


async def test_a_refused_refund_is_told_truly_and_ends_when_our_bank_has_paid(desk: Desk) -> None:
    refund_id = await refunding(desk)
    await desk.told(refund_id, NO)
    asked = await desk.asked()
    assert (asked.state, asked.refused) == ("refunding", True)
    assert await desk.item("refund_refused", str(refund_id))
    await desk.all_of(
        RecordPaidOutside(
            attempt_id=ATTEMPT, refund_id=refund_id, reference="EFT 1/17", by=BY_FINANCE
        )
    )
    asked = await desk.asked()
    assert (asked.state, asked.refused) == ("refunded", False)
    assert set((await desk.invoice()).returns) == {refund_id}


async def test_a_refused_refund_that_is_tried_again_is_still_the_returns(desk: Desk) -> None:
    refund_id = await refunding(desk)
    await desk.told(refund_id, NO)
    retry = RetryRefund(attempt_id=ATTEMPT, refund_id=refund_id, request_id=REQUEST, by=BY_FINANCE)
    await desk.all_of(retry)
    asked = await desk.asked()
    assert (asked.state, asked.refused, len(asked.refund_ids)) == ("refunding", False, 2)
    await desk.told(asked.refund_ids[-1], GONE)
    assert (await desk.asked()).state == "refunded"


async def test_a_refused_refund_that_is_done_after_all_ends_the_return(desk: Desk) -> None:
    refund_id = await refunding(desk)
    await desk.told(refund_id, Pending("later"))
    await desk.told(refund_id, NO)
    await desk.told(refund_id, GONE)
    assert (await desk.asked()).state == "refunded"
    assert set((await desk.invoice()).returns) == {refund_id}


@pytest.mark.parametrize(
    ("resolution", "state"), [("given_otherwise", "refunded"), ("not_owed", "rejected")]
)
async def test_what_finance_decides_about_a_refused_refund_ends_the_return(
    desk: Desk, resolution: str, state: str
) -> None:
    refund_id = await refunding(desk)
    await desk.told(refund_id, NO)
    resolve = ResolveWorkItem(
        item_id=WorkItem.id_of("refund_refused", str(refund_id)),
        by=BY_FINANCE,
        resolution=resolution,
        note="Telefonda konuşuldu",
    )
    await desk.all_of(resolve)
    assert (await desk.asked()).state == state


async def test_a_reprint_uses_one_up_and_ends_when_it_is_made(desk: Desk) -> None:
    await desk.all_of(asks(wanted="reprint"), shows(), approves(remedy="reprint", send_back=False))
    await desk.refuses(RemedyWasAnother, refunds())
    await desk.all_of(ReprintReturn(return_id=id_of(), by=BY))
    copy = await desk.get(PrintJob, PrintJob.id_of(ORDER, 1))
    assert (copy.copy, (await desk.asked()).state) == (1, "reprinting")
    copy.record_file(PRINT_FILE)
    copy.hand_over()
    await desk.record(copy)
    await desk.react()
    assert (await desk.asked()).state == "reprinted"
    await desk.all_of(asks(), shows(turn=1))
    await desk.refuses(NoReprintLeft, approves(turn=1, remedy="reprint"))
    await desk.do(approves(turn=1))


async def test_a_reprint_that_is_called_off_is_given_back(desk: Desk) -> None:
    await desk.all_of(
        asks(wanted="reprint"),
        shows(),
        approves(remedy="reprint", send_back=False),
        ReprintReturn(return_id=id_of(), by=BY),
        CancelReprint(print_job_id=PrintJob.id_of(ORDER, 1), by=ADMIN),
    )
    asked = await desk.asked()
    assert (asked.state, asked.uses_reprint) == ("approved", False)
    await desk.all_of(ReprintReturn(return_id=id_of(), by=BY))
    assert (await desk.asked()).copy == 2
    await desk.all_of(CancelReprint(print_job_id=PrintJob.id_of(ORDER, 2), by=ADMIN), refunds())
    assert (await desk.asked()).state == "refunding"


async def test_a_shop_that_prints_nothing_anew_has_no_reprints() -> None:
    desk = await Desk(Terms(return_reprints=0)).open()
    await desk.all_of(asks(), shows())
    await desk.refuses(NoReprintLeft, approves(remedy="reprint"))


async def test_the_designers_share_goes_back_in_proportion(desk: Desk) -> None:
    share = (await desk.account()).owed
    await desk.all_of(
        asks("design_fee", "not_as_approved"),
        approves("design_fee", send_back=False),
        refunds("design_fee"),
    )
    assert share.amount > 0
    assert (await desk.account()).owed == share
    await desk.told(await refund_of(desk, "design_fee"), GONE)
    assert (await desk.account()).owed.amount == 0


async def test_all_parts_of_one_request_stand_on_one_document(desk: Desk) -> None:
    parts = tuple(
        RefundPart(line_id=LINE[kind], amount=PRICE[kind])
        for kind in ("cover", "message_card", "cargo")
    )
    await desk.do(RefundOrder(order_id=ORDER, request_id=REQUEST, reason="lost", parts=parts))
    attempt = await desk.attempt()
    one, two, three = (attempt.refund_id_of(REQUEST, each.line_id) for each in parts)
    await desk.told(one, GONE)
    assert (await desk.invoice()).returns == {}
    await desk.told(two, Refunded("refund-2"))
    await desk.told(three, NO)
    invoice = await desk.invoice()
    assert set(invoice.returns) == {one, two}
    assert len(set(invoice.returns.values())) == 1
    await desk.all_of(
        RecordPaidOutside(attempt_id=ATTEMPT, refund_id=three, reference="EFT 1/18", by=BY_FINANCE)
    )
    returns = (await desk.invoice()).returns
    assert (len(returns), len(set(returns.values()))) == (3, 2)
