"""The journey of somebody who buys credits and has them refunded."""

from __future__ import annotations

from pathlib import Path

from deploy.demo.journey import ADDRESS, Customer, pay
from deploy.demo.person import Json

BILLING = {name: ADDRESS[name] for name in ("name", "line", "district", "province", "postcode")}


async def buy(customer: Customer) -> Json:
    """Choose a package, pay it, find the credits in the wallet, and read the invoice."""
    person, steps, made = customer.person, customer.steps, customer.made
    with steps.step("Look at the packages of credits") as told:
        packages = (await person.see("/wallet/packages"))["packages"]
        package = packages[1]
        told(", ".join(f"{each['credits']} for {each['price']['amount']} TL" for each in packages))
    with steps.step("Order a package") as told:
        body = {
            "package_id": package["package_id"],
            "price": package["price"],
            "billing": BILLING,
        }
        order = await person.do("/wallet/purchases", body)
        told(f"{order['number']}, {order['total']['amount']} TL")
    await pay(customer, order["order_id"])
    with steps.step("The credits are in the wallet") as told:
        wanted = 500 + package["credits"]
        wallet = await person.see_when("/wallet", "available", wanted)
        made["wallet"] = wallet
        told(f"{wallet['available']} credits")
    with steps.step("The invoice comes by mail") as told:
        mail = await customer.letters.with_subject("fatura")
        made["invoice"] = await customer.letters.attachment(mail, ".pdf")
        invoice = await person.see(f"/orders/{order['order_id']}/invoice")
        made["invoice_number"] = invoice["number"]
        told(f"{invoice['number']}, {invoice['gross']['amount']} TL with KDV")
    return order


async def give_back(customer: Customer, order: Json) -> None:
    """Have the unspent credits refunded, and see the money on its way."""
    person = customer.person
    with customer.steps.step("Have the unspent credits refunded") as told:
        path = f"/wallet/purchases/{order['order_id']}"
        refund = await person.do(f"{path}/refund")
        told(f"{refund['credits']} credits, {refund['amount']['amount']} TL")
    with customer.steps.step("The money is back, and the purchase says so") as told:
        purchase = await person.see_when(path, "refund_state", "fully")
        wallet = await person.see("/wallet")
        customer.made["refunded"] = purchase["refunded"]["amount"]
        told(f"{purchase['refunded']['amount']} TL back, {wallet['available']} credits left")


def leave_invoice(customer: Customer, folder: Path) -> list[Path]:
    """Put the invoice into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "invoice.pdf"
    file.write_bytes(customer.made["invoice"])
    return [file]
