"""Who issues the invoices."""

from __future__ import annotations

from msgspec import Struct


class Seller(Struct, frozen=True, kw_only=True):
    """Who issues the invoices; `vkn` is the tax number of ten digits, or of eleven for a person;
    `address` is the street, and `mersis` may be empty.
    """

    name: str
    address: str
    district: str
    province: str
    tax_office: str
    vkn: str
    mersis: str
    web: str
    email: str
    phone: str = ""
    postcode: str = ""

    @property
    def place(self) -> str:
        """The address as it is printed, over two lines."""
        town = " ".join(
            part for part in (self.postcode, f"{self.district}/{self.province}") if part
        )
        return f"{self.address}\n{town}"
