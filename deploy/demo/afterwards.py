"""What comes after delivery: a cover that goes back, a review, and the designer's pay."""

from __future__ import annotations

from deploy.demo.journey import Customer, visitor
from deploy.demo.person import Json

IBAN = "TR330006100519786457841326"
SAID = "Kapağın köşesi ezik geldi."
INSTRUCTIONS = "Kapağı geldiği kutuyla, faturanızdaki adresimize gönderin."
REVIEW = "Tam istediğim gibi oldu, emeğinize sağlık."


async def send_back(customer: Customer, order: Json, *, picture: bytes) -> None:
    """Ask for the money of a damaged cover, show it, send it back, and have the money."""
    person, steps, town = customer.person, customer.steps, customer.town
    order_id = order["order_id"]
    with steps.step("The cover came damaged: ask for a return, with a picture") as told:
        lines = (await person.see(f"/orders/{order_id}"))["lines"]
        cover = next(line for line in lines if line["kind"] == "cover")
        body = {"line_id": cover["line_id"], "reason": "damaged", "said": SAID}
        asked = await person.do(f"/orders/{order_id}/returns", body)
        path = f"/returns/{asked['return_id']}"
        await person.do(f"{path}/pictures", content=picture, media_type="image/png")
        told(f"{asked['claimed']['amount']} TL claimed")
    async with visitor(town) as desk:
        await desk.log_in(town.admin_email, town.password)
        with steps.step("The shop agrees, gets the cover back and refunds it") as told:
            await desk.see_when(f"/admin{path}", "state", "requested")
            agreed = {"remedy": "refund", "instructions": INSTRUCTIONS}
            await desk.do(f"/admin{path}/approve", agreed)
            await desk.do(f"/admin{path}/receive", {"condition": "as_told"})
            await desk.do(f"/admin{path}/refund", {})
            settled = await person.see_when(path, "state", "refunded")
            told(f"{settled['amount']['amount']} TL go back")
    with steps.step("The return document comes by mail") as told:
        mail = await customer.letters.with_subject("iade edildi")
        customer.made["return_document"] = await customer.letters.attachment(mail, ".pdf")
        [document] = (await person.see(f"/orders/{order_id}/return-documents"))["documents"]
        customer.made["returned"] = document["gross"]["amount"]
        told(f"{document['number']}, {document['gross']['amount']} TL with KDV")


async def review(customer: Customer, order: Json) -> None:
    """Say what the designer's work was like, and read the answer."""
    person, town = customer.person, customer.town
    with customer.steps.step("Review the designer, who answers") as told:
        path = f"/orders/{order['order_id']}/review"
        written = await person.do(path, {"rating": 5, "text": REVIEW})
        async with visitor(town) as designer:
            await designer.log_in(town.designer_email, town.password)
            answer = {"text": "Çok teşekkür ederim!"}
            await designer.do(f"/reviews/{written['review_id']}/answer", answer)
            await designer.see("/designers/me/reviews")
            found = await person.see(path)
            rating = await person.see(f"/designers/{found['designer_id']}/rating")
        customer.made["review"] = found["review"]
        told(f"{rating['mean']} stars by {rating['count']}")


async def ask_for_pay(customer: Customer) -> None:
    """The designer's share of the fee, and a payout of it."""
    town = customer.town
    async with visitor(town) as designer:
        await designer.log_in(town.designer_email, town.password)
        with customer.steps.step("The designer has earned a share and asks for it") as told:
            account = await designer.see("/designer/earnings")
            if not account["last_four"]:
                holder = {"iban": IBAN, "holder": "Işıl Öğütçü"}
                await designer.do("/designer/earnings/iban", holder)
            sums = {name: each["amount"] for name, each in account["balances"].items()}
            asked_before = {sums["requested"], sums["in_run"]} - {"0.00"}
            if not asked_before:
                body = {"amount": sums["available"]}
                await designer.do("/designer/earnings/payouts", body)
            asked_for = max(asked_before, default=sums["available"])
            customer.made["asked_for"] = asked_for
            told(f"{asked_for} TL asked for, {sums['owed']} TL owed")
