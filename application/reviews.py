"""What can be asked about reviews: writing, changing, answering, reporting and moderating them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from application.terms import Terms
from domain.design import DesignJob
from domain.identity import User
from domain.orders import Order
from domain.reviews import (
    Author,
    Invitation,
    Objection,
    Opinion,
    Part,
    Reporter,
    Review,
    Reviewed,
    shown_name_of,
)
from domain.reviews.parts import MoneyReturned, NotDelivered, NothingDesigned
from domain.shared.days import midnight_in_turkey
from domain.shared.errors import NotFound

ONE_DAY = timedelta(days=1)


class WriteReview(Command, frozen=True, kw_only=True):
    """Say what one thinks of the designer of a delivered order; one review per order."""

    order_id: UUID
    author_id: UUID
    opinion: Opinion


class ChangeReview(Command, frozen=True, kw_only=True):
    """Say something else about the designer while there is time and nobody has answered."""

    order_id: UUID
    author_id: UUID
    opinion: Opinion
    expected_version: int | None = None


class WithdrawReview(Command, frozen=True, kw_only=True):
    """Take one's review back for good."""

    order_id: UUID
    author_id: UUID
    expected_version: int | None = None


class AnswerReview(Command, frozen=True, kw_only=True):
    """Answer a review of one's own work, once."""

    review_id: UUID
    person_id: UUID
    text: str
    expected_version: int | None = None


class ReportReview(Command, frozen=True, kw_only=True):
    """Say that a review should not be shown, and why."""

    review_id: UUID
    reporter_id: UUID
    reason: Objection


class HideReview(Command, frozen=True, kw_only=True):
    """An admin takes a review, or the answer to it, from the public page."""

    review_id: UUID
    admin_id: UUID
    part: Part
    reason: Objection
    expected_version: int | None = None


class ShowReview(Command, frozen=True, kw_only=True):
    """An admin shows a review, or the answer to it, again."""

    review_id: UUID
    admin_id: UUID
    part: Part
    expected_version: int | None = None


class InviteReview(Command, frozen=True, kw_only=True):
    """Ask a customer what they think; ignored where there is a review, or nothing to be said."""

    order_id: UUID


@handles
async def write_review(command: WriteReview, store: Store, terms: Terms) -> dict[str, Any]:
    order = await _ordered(store, command.order_id, by=command.author_id)
    review = await store.find(Review, Review.id_of(order.id))
    if review is None:
        review = Review.write(
            _about(order, await store.find(DesignJob, DesignJob.id_of(order.id))),
            await _author(store, command.author_id),
            opinion=command.opinion,
            changeable_until=store.now + timedelta(days=terms.review_change_days),
            now=store.now,
        )
    else:
        review.write_again(command.opinion)
    store.save(review)
    return {"review_id": review.id}


@handles
async def change_review(command: ChangeReview, store: Store) -> dict[str, Any]:
    review = await _written(store, command.order_id, by=command.author_id)
    review.must_be_at(command.expected_version)
    review.change(command.opinion)
    store.save(review)
    return {"review_id": review.id}


@handles
async def withdraw_review(command: WithdrawReview, store: Store) -> dict[str, Any]:
    review = await _written(store, command.order_id, by=command.author_id)
    review.must_be_at(command.expected_version)
    review.withdraw()
    store.save(review)
    return {"review_id": review.id}


@handles
async def answer_review(command: AnswerReview, store: Store) -> None:
    review = await store.get(Review, command.review_id)
    if review.about.designer_person_id != command.person_id:
        raise NotFound(kind="review", id=review.id)
    review.must_be_at(command.expected_version)
    review.give_answer(command.text)
    store.save(review)


@handles
async def report_review(command: ReportReview, store: Store) -> None:
    review = await store.get(Review, command.review_id)
    if not review.takes_report_of(command.reporter_id):
        store.save(review)
        return
    midnight = midnight_in_turkey(store.now)
    reporter_id = Reporter.id_of(command.reporter_id, midnight.date())
    reporter = await store.find(Reporter, reporter_id)
    if reporter is None:
        reporter = Reporter.begin(
            Reporter.Reported,
            id=reporter_id,
            now=store.now,
            person_id=command.reporter_id,
            review_id=review.id,
        )
    seconds_left = int((midnight + ONE_DAY - store.now).total_seconds())
    reporter.report(review.id, seconds_left=seconds_left)
    review.report(command.reporter_id, command.reason)
    store.save(review, reporter)


@handles
async def hide_review(command: HideReview, store: Store) -> None:
    review = await store.get(Review, command.review_id)
    review.must_be_at(command.expected_version)
    review.hide(command.part, command.reason, by=command.admin_id)
    store.save(review)


@handles
async def show_review(command: ShowReview, store: Store) -> None:
    review = await store.get(Review, command.review_id)
    review.must_be_at(command.expected_version)
    review.show_again(command.part, by=command.admin_id)
    store.save(review)


@handles
async def invite_review(command: InviteReview, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    job = await store.find(DesignJob, DesignJob.id_of(order.id))
    known = await store.find(Invitation, Invitation.id_of(order.id))
    reviewed = await store.find(Review, Review.id_of(order.id))
    if known or reviewed or job is None or order.refund_state != "none":
        return
    store.save(
        Invitation.begin(
            Invitation.Made,
            id=Invitation.id_of(order.id),
            now=store.now,
            order_id=order.id,
            order_number=order.number,
            customer_id=order.customer_id,
        )
    )


def _about(order: Order, job: DesignJob | None) -> Reviewed:
    if job is None:
        raise NothingDesigned
    if order.state != "delivered":
        raise NotDelivered(state=order.state)
    if order.refund_state == "fully":
        raise MoneyReturned
    return Reviewed(
        order_id=order.id,
        order_number=order.number,
        designer_id=job.artist.designer_id,
        designer_person_id=job.artist.person_id,
    )


async def _author(store: Store, person_id: UUID) -> Author:
    user = await store.get(User, person_id)
    return Author(person_id=user.id, shown_name=shown_name_of(user.name))


async def _ordered(store: Store, order_id: UUID, *, by: UUID) -> Order:
    order = await store.get(Order, order_id)
    if order.customer_id != by:
        raise NotFound(kind="order", id=order.id)
    return order


async def _written(store: Store, order_id: UUID, *, by: UUID) -> Review:
    review = await store.get(Review, Review.id_of(order_id))
    if review.author_id != by:
        raise NotFound(kind="review", id=review.id)
    return review
