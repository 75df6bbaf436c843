"""What designers may do, and what admins decide about them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.wording import all_words
from domain import designers
from domain.designers import (
    ApplicationDecided,
    ConsentMissing,
    Designer,
    DesignerNotApproved,
    DesignerUnavailable,
    NameMissing,
    OwnApplication,
    OwnDesigner,
    PriceNotPositive,
    Profile,
)
from domain.shared.errors import Refusal
from domain.shared.money import Money
from tests.designers.examples import (
    ADMIN,
    ARTIST,
    CONSENT,
    OFFER,
    PRICE,
    PROFILE,
    READER,
    an_applicant,
    approved,
    on_a_break,
    rejected,
)
from tests.given import NOW, given

NAMELESS = Profile(display_name=" ")


def apply_again(designer: Designer) -> None:
    designer.apply_again(PROFILE, OFFER, consent_version=CONSENT)


def test_nobody_applies_without_agreeing_to_share_the_revenue() -> None:
    with pytest.raises(ConsentMissing):
        Designer.apply(ARTIST, PROFILE, offer=OFFER, consent_version="", now=NOW)


def test_nobody_applies_without_a_name() -> None:
    with pytest.raises(NameMissing):
        Designer.apply(ARTIST, NAMELESS, offer=OFFER, consent_version=CONSENT, now=NOW)


def test_an_applicant_is_not_hired() -> None:
    given(an_applicant()).when(lambda designer: designer.must_take_work_from(READER)).refused(
        DesignerNotApproved, state="applied"
    )
    given(an_applicant()).when(Designer.take_work).refused(DesignerNotApproved, state="applied")


def test_an_approved_designer_takes_work() -> None:
    outcome = given(an_applicant()).when(approved).then(Designer.Approved)
    outcome.aggregate.must_take_work_from(READER)


@pytest.mark.parametrize("decide", [approved, rejected])
def test_a_decision_is_made_once(decide: Callable[[Designer], None]) -> None:
    given(an_applicant(), decide).when(decide).ignored()


@pytest.mark.parametrize(("first", "then"), [(approved, rejected), (rejected, approved)])
def test_a_decision_is_not_turned_round(
    first: Callable[[Designer], None], then: Callable[[Designer], None]
) -> None:
    given(an_applicant(), first).when(then).refused(ApplicationDecided)


def test_nobody_decides_on_their_own_application() -> None:
    given(an_applicant()).when(lambda designer: designer.approve(ARTIST)).refused(OwnApplication)
    given(an_applicant()).when(lambda designer: designer.reject(ARTIST, "")).refused(OwnApplication)


def test_who_was_rejected_may_apply_again() -> None:
    again = given(an_applicant(), rejected).when(apply_again).then(Designer.AppliedAgain)
    assert again.aggregate.state == "applied"
    given(again.aggregate).when(approved).then(Designer.Approved)


@pytest.mark.parametrize("done", [(), (approved,)])
def test_applying_again_changes_nothing_otherwise(
    done: tuple[Callable[[Designer], None], ...],
) -> None:
    given(an_applicant(), *done).when(apply_again).ignored()


def test_a_break_ends_when_the_designer_says_so() -> None:
    outcome = given(an_applicant(), approved).when(on_a_break).then(Designer.AvailabilityChanged)
    given(outcome.aggregate).when(on_a_break).ignored()
    given(outcome.aggregate).when(lambda d: d.must_take_work_from(READER)).refused(
        DesignerUnavailable
    )
    given(outcome.aggregate).when(Designer.take_work).then(Designer.AvailabilityChanged)
    given(outcome.aggregate).when(Designer.take_work).ignored()
    outcome.aggregate.must_take_work_from(READER)


def test_nobody_hires_themselves() -> None:
    given(an_applicant(), approved).when(lambda d: d.must_take_work_from(ARTIST)).refused(
        OwnDesigner
    )


def test_a_new_price_leaves_the_rest_of_the_offer() -> None:
    dearer = Money.of(500)
    outcome = given(an_applicant()).when(lambda d: d.change_price(dearer))
    designer = outcome.then(Designer.PriceChanged).aggregate
    assert (designer.price, designer.offer.specialities) == (dearer, OFFER.specialities)
    given(designer).when(lambda d: d.change_price(dearer)).ignored()


@pytest.mark.parametrize("amount", [0, -1])
def test_a_design_is_not_given_away(amount: int) -> None:
    given(an_applicant()).when(lambda d: d.change_price(Money.of(amount))).refused(PriceNotPositive)


def test_a_new_profile_leaves_the_price() -> None:
    def change(designer: Designer) -> None:
        designer.change_profile(Profile(display_name="Zeynep"), ("minimal",), hidden=("bio",))

    designer = given(an_applicant()).when(change).then(Designer.ProfileChanged).aggregate
    assert (designer.profile.display_name, designer.price) == ("Zeynep", PRICE)
    assert designer.offer.hidden == ("bio",)
    given(designer).when(change).ignored()


def test_a_profile_keeps_a_name() -> None:
    def change(designer: Designer) -> None:
        designer.change_profile(NAMELESS, OFFER.specialities, hidden=())

    refusal: type[Refusal] = NameMissing
    given(an_applicant()).when(change).refused(refusal)


def test_a_person_is_one_designer() -> None:
    assert an_applicant().id == Designer.id_of(ARTIST) != Designer.id_of(ADMIN)


def test_every_refusal_has_words() -> None:
    own = {
        kind.code
        for kind in vars(designers).values()
        if isinstance(kind, type) and issubclass(kind, Refusal)
        if kind.__module__ == designers.__name__
    }
    assert own
    assert own <= all_words().keys()
