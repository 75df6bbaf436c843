"""Reviews over HTTP: a customer's own, a designer's page, and what admins hide and show."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import OPEN, Ask, Listed
from application.reviews import (
    AnswerReview,
    ChangeReview,
    HideReview,
    ReportReview,
    ShowReview,
    WithdrawReview,
    WriteReview,
)
from domain.reviews import Objection, Opinion, Part, Review
from domain.shared.errors import NotFound
from projections.designers import designers, published_designer
from projections.erasures import erasures
from projections.reviews import (
    Asked,
    ReviewSeen,
    moderated_reviews,
    received_reviews,
    review,
    reviews,
    shown_reviews,
    star_counts,
)

Stars = Annotated[int, Meta(ge=1, le=5)]
Words = Annotated[str, Meta(max_length=2000)]
Said = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
Wanted = Annotated[Asked, QueryParameter()]
CENT = Decimal("0.01")


class OpinionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stars from 1 to 5, and words that may be missing. Everybody reads them."""

    rating: Stars
    text: Words = ""


class AnswerBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a designer answers; everybody reads it."""

    text: Said


class ReportBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a review should not be shown."""

    reason: Objection


class HidingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is hidden, the whole review or the answer alone, and why; its writer is told."""

    part: Part = "review"
    reason: Objection


class ShowingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is shown again."""

    part: Part = "review"


class PublicReview(Struct, frozen=True, kw_only=True):
    """What everybody may read. `author` and `text` are empty where the author was erased;
    `refunded` tells that money of the order went back.
    """

    review_id: UUID
    author: str
    rating: int
    text: str
    written_at: datetime
    changed_at: datetime | None
    refunded: bool
    answer: str
    answered_at: datetime | None


class DesignerRating(Struct, frozen=True, kw_only=True):
    """What a designer's shown reviews come to: how many there are, the mean of their stars with two
    places (null without any), and how many have 1, 2, 3, 4 and 5 stars.
    """

    designer_id: UUID
    count: int
    mean: Decimal | None
    histogram: list[int]


class KnownReview(Struct, frozen=True, kw_only=True):
    """All of a review that its author, the designer and admins see. `hidden` names what only they
    see; `reports` counts persons, and `objections` are the reasons they gave.
    """

    review: PublicReview
    version: int
    order_number: str
    designer_id: UUID
    changeable_until: datetime
    withdrawn: bool
    hidden: list[Part]
    hidden_for: Objection | None
    reports: int = 0
    objections: list[Objection] = []


class DesignerReviewsController(Controller):
    """Reviews on the pages of designers."""

    path = "/designers"
    tags = ("reviews", "designers")

    @get(
        "/{designer_id:uuid}/reviews",
        operation_id="DesignerReviews",
        summary="Reviews of a designer",
        opt=OPEN,
    )
    async def listing(
        self,
        ask: Ask,
        designer_id: UUID,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[PublicReview]]:
        """The newest first. 404 for who is no published designer."""
        page = ask.page(limit, cursor)
        await ask.fresh(designers, reviews, erasures)
        await _must_be_published(ask, designer_id)
        seen = await shown_reviews(
            ask.reads,
            designer_id,
            before=page.after[0] if page.after else None,
            limit=page.limit + 1,
        )
        places = {each.row.review_id: each.row.position for each in seen}
        items = [_public(each) for each in seen]
        return ask.listed(items, page, key=lambda item: [places[item.review_id]])

    @get(
        "/{designer_id:uuid}/rating",
        operation_id="DesignerRating",
        summary="What a designer's reviews come to",
        opt=OPEN,
    )
    async def rating(self, ask: Ask, designer_id: UUID) -> Response[DesignerRating]:
        """Only what is shown counts. 404 for who is no published designer."""
        await ask.fresh(designers, reviews)
        await _must_be_published(ask, designer_id)
        counts = {each.stars: each.count for each in await star_counts(ask.reads, designer_id)}
        count = sum(counts.values())
        total = Decimal(sum(stars * number for stars, number in counts.items()))
        return ask.answer(
            DesignerRating(
                designer_id=designer_id,
                count=count,
                mean=(total / count).quantize(CENT, ROUND_HALF_UP) if count else None,
                histogram=[counts.get(stars, 0) for stars in range(1, 6)],
            )
        )

    @get("/me/reviews", operation_id="ReceivedReviews", summary="Reviews of the caller's work")
    async def received(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[KnownReview]]:
        """Also hidden ones, the newest first."""
        page = ask.page(limit, cursor)
        await ask.fresh(reviews, erasures)
        before = page.after[0] if page.after else None
        seen = await received_reviews(ask.reads, ask.person, before=before, limit=page.limit + 1)
        return _known_list(ask, seen, page=page)


class OrderReviewController(Controller):
    """The customer's own review of an order."""

    path = "/orders/{order_id:uuid}/review"
    tags = ("reviews", "orders")

    @get("/", operation_id="ReviewOfOrder", summary="One's own review of an order")
    async def one(self, ask: Ask, order_id: UUID) -> Response[KnownReview]:
        """Also where it is hidden or withdrawn. 404 where the caller wrote none."""
        await ask.fresh(reviews, erasures)
        seen = await review(ask.reads, Review.id_of(order_id))
        if seen is None or seen.row.author_id != ask.person:
            raise NotFound
        return ask.answer(_known(seen), seen.row.version)

    @post("/", operation_id="WriteReview", summary="Review the designer of an order")
    async def write(self, ask: Ask, order_id: UUID, data: OpinionBody) -> Response[Any]:
        """Once it was delivered, one per order. 409 before, for an order without a designer, or
        where there is another review. It is shown with the first name and an initial.
        """
        command = WriteReview(order_id=order_id, author_id=ask.person, opinion=_opinion(data))
        return await ask.run(command, status=201, location=f"/api/v1/orders/{order_id}/review")

    @post("/change", operation_id="ChangeReview", summary="Change one's review", status_code=200)
    async def change(self, ask: Ask, order_id: UUID, data: OpinionBody) -> Response[Any]:
        """Until `changeable_until`, and while nobody has answered it."""
        command = ChangeReview(
            order_id=order_id,
            author_id=ask.person,
            opinion=_opinion(data),
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/withdraw",
        operation_id="WithdrawReview",
        summary="Take one's review back",
        status_code=200,
    )
    async def withdraw(self, ask: Ask, order_id: UUID) -> Response[Any]:
        """For good: there is no second review of an order."""
        command = WithdrawReview(
            order_id=order_id, author_id=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command)


class ReviewsController(Controller):
    """Answers, reports and moderation."""

    path = "/reviews"
    tags = ("reviews",)

    @post(
        "/{review_id:uuid}/answer",
        operation_id="AnswerReview",
        summary="Answer a review of one's work",
        status_code=200,
    )
    async def answer(self, ask: Ask, review_id: UUID, data: AnswerBody) -> Response[Any]:
        """Once. For the designer it is about."""
        ask.must_be("designer")
        command = AnswerReview(
            review_id=review_id,
            person_id=ask.person,
            text=data.text,
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/{review_id:uuid}/report",
        operation_id="ReportReview",
        summary="Say that a review should not be shown",
        status_code=200,
    )
    async def report(self, ask: Ask, review_id: UUID, data: ReportBody) -> Response[Any]:
        """Once per person and review, and for ten reviews a day (429). Admins look at it."""
        command = ReportReview(review_id=review_id, reporter_id=ask.person, reason=data.reason)
        return await ask.run(command)

    @get("/", operation_id="ModeratedReviews", summary="Reviews, as admins see them")
    async def moderated(
        self,
        ask: Ask,
        *,
        only: Wanted = "reported",
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[KnownReview]]:
        """`reported` ones that are still shown, `hidden` ones, or all; the newest first. For
        admins.
        """
        ask.must_be("admin")
        page = ask.page(limit, cursor)
        await ask.fresh(reviews, erasures)
        before = page.after[0] if page.after else None
        seen = await moderated_reviews(ask.reads, only, before=before, limit=page.limit + 1)
        return _known_list(ask, seen, page=page, reports=True)

    @get("/{review_id:uuid}", operation_id="ModeratedReview", summary="One review, for admins")
    async def one(self, ask: Ask, review_id: UUID) -> Response[KnownReview]:
        """With its version, for `If-Match`. 404 if there is no such review."""
        ask.must_be("admin")
        await ask.fresh(reviews, erasures)
        seen = await review(ask.reads, review_id)
        if seen is None:
            raise NotFound
        return ask.answer(_known(seen, reports=True), seen.row.version)

    @post(
        "/{review_id:uuid}/hide",
        operation_id="HideReview",
        summary="Hide a review, or its answer",
        status_code=200,
    )
    async def hide(self, ask: Ask, review_id: UUID, data: HidingBody) -> Response[Any]:
        """It does not count any more either, and its writer is told why. For admins, not on what
        they wrote or what is about them.
        """
        ask.must_be("admin")
        command = HideReview(
            review_id=review_id,
            admin_id=ask.person,
            part=data.part,
            reason=data.reason,
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/{review_id:uuid}/show",
        operation_id="ShowReview",
        summary="Show a review, or its answer, again",
        status_code=200,
    )
    async def show(self, ask: Ask, review_id: UUID, data: ShowingBody) -> Response[Any]:
        """For admins, not on what they wrote or what is about them."""
        ask.must_be("admin")
        command = ShowReview(
            review_id=review_id,
            admin_id=ask.person,
            part=data.part,
            expected_version=ask.if_match,
        )
        return await ask.run(command)


async def _must_be_published(ask: Ask, designer_id: UUID) -> None:
    if await published_designer(ask.reads, designer_id) is None:
        raise NotFound


def _opinion(body: OpinionBody) -> Opinion:
    return Opinion(rating=body.rating, text=body.text.strip())


def _known_list(
    ask: Ask, seen: list[ReviewSeen], *, page: Any, reports: bool = False
) -> Response[Listed[KnownReview]]:
    places = {each.row.review_id: each.row.position for each in seen}
    items = [_known(each, reports=reports) for each in seen]
    return ask.listed(items, page, key=lambda item: [places[item.review.review_id]])


def _public(seen: ReviewSeen, *, whole: bool = False) -> PublicReview:
    row = seen.row
    answered = whole or "answer" not in row.hidden
    return PublicReview(
        review_id=row.review_id,
        author="" if seen.author_erased else row.shown_name,
        rating=row.rating,
        text="" if seen.author_erased else row.text,
        written_at=row.written_at,
        changed_at=row.changed_at,
        refunded=row.refunded,
        answer=row.answer if answered and not seen.designer_erased else "",
        answered_at=row.answered_at if answered else None,
    )


def _known(seen: ReviewSeen, *, reports: bool = False) -> KnownReview:
    row = seen.row
    return KnownReview(
        review=_public(seen, whole=True),
        version=row.version,
        order_number=row.order_number,
        designer_id=row.designer_id,
        changeable_until=row.changeable_until,
        withdrawn=row.withdrawn,
        hidden=list(row.hidden),
        hidden_for=row.hidden_for,
        reports=row.reports if reports else 0,
        objections=list(row.objections) if reports else [],
    )
