"""The words on the hosted page and on the bank's page, in Turkish and English."""

from __future__ import annotations

from decimal import Decimal

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Güvenli ödeme", "Secure payment"),
    "emulator": (
        "Yerel deneme ortamı: gerçek kart kullanmayın, para çekilmez",
        "Local test environment: use no real card, no money is taken",
    ),
    "order": ("Siparişiniz", "Your order"),
    "total": ("Toplam", "Total"),
    "card": ("Kart bilgileri", "Card details"),
    "holder": ("Kart üzerindeki ad soyad", "Name on card"),
    "number": ("Kart numarası", "Card number"),
    "expiry": ("Son kullanma (AA/YY)", "Expiry (MM/YY)"),
    "cvc": ("CVC", "CVC"),
    "installments": ("Taksit", "Instalments"),
    "single": ("Tek çekim", "One payment"),
    "pay": ("Öde", "Pay"),
    "test_cards": ("Deneme kartları", "Test cards"),
    "test_cards_hint": (
        "Bir düğmeye basın, form kendiliğinden dolar.",
        "Press one and the form fills itself.",
    ),
    "fill_success": ("Başarılı", "Succeeds"),
    "fill_bank": ("3D Secure ister", "Asks for 3-D Secure"),
    "fill_funds": ("Limit yetersiz", "No funds"),
    "fill_lost": ("Kayıp kart", "Lost card"),
    "fill_expired": ("Süresi dolmuş", "Expired"),
    "fill_fraud": ("Şüpheli işlem", "Fraud suspect"),
    "fill_no_refund": ("Öder, iade olmaz", "Pays, no refund"),
    "fill_bank_fails": ("3D Secure başarısız", "3-D Secure fails"),
    "other_language": ("English", "Türkçe"),
    "bank_title": ("Banka doğrulaması", "Bank verification"),
    "bank_hint": (
        "Telefonunuza gelen tek kullanımlık kodu yazın. Deneme ortamında kodunuz:",
        "Type the one-time code from your phone. In this test environment your code is:",
    ),
    "code": ("Tek kullanımlık kod", "One-time code"),
    "wrong_code": ("Kod hatalı, yeniden deneyin.", "Wrong code, try again."),
    "confirm": ("Onayla", "Confirm"),
    "give_up": ("Vazgeç", "Cancel"),
    "returning": ("Mağazaya dönülüyor…", "Returning to the shop…"),
    "continue": ("Devam et", "Continue"),
    "unknown_page": ("Böyle bir ödeme sayfası yok.", "There is no such payment page."),
    "expired_page": (
        "Bu ödeme sayfasının süresi doldu. Mağazadan yeniden başlayın.",
        "This payment page has expired. Please start again from the shop.",
    ),
}


def word(key: str, language: str) -> str:
    """A text in Turkish, or in English for `en`."""
    turkish, english = TEXTS[key]
    return english if language == "en" else turkish


def money(amount: Decimal, currency: str, *, language: str) -> str:
    """An amount as people of the language write it: 1.260,00 TL or TRY 1,260.00."""
    if language == "en":
        return f"{currency} {amount:,.2f}"
    swapped = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{swapped} {'TL' if currency == 'TRY' else currency}"
