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
    "subtotal": ("Sepet", "Basket"),
    "difference": ("Fark", "Difference"),
    "surcharge": ("Taksit farkı", "Instalment charge"),
    "total": ("Toplam", "Total"),
    "card": ("Kart bilgileri", "Card details"),
    "with_card": ("Kartınız", "Your card"),
    "another_card": ("Başka bir kart", "Another card"),
    "ends_with": ("sonu", "ending in"),
    "holder": ("Kart üzerindeki ad soyad", "Name on card"),
    "number": ("Kart numarası", "Card number"),
    "expiry": ("Son kullanma", "Expiry"),
    "month_year": ("AA/YY", "MM/YY"),
    "cvc": ("Güvenlik kodu (CVC)", "Security code (CVC)"),
    "save": (
        "Kartımı sonraki ödemelerim için sakla",
        "Keep my card for my next payments",
    ),
    "installments": ("Taksit seçenekleri", "Ways to pay"),
    "single": ("Tek çekim", "One payment"),
    "in_installments": ("taksit", "instalments"),
    "no_installments": (
        "Bu kart ya da para birimi taksite uygun değil. Tek çekim seçin.",
        "This card or currency allows no instalments. Choose one payment.",
    ),
    "pay": ("Öde", "Pay"),
    "test_cards": ("Deneme kartları", "Test cards"),
    "test_cards_hint": (
        "Birini seçin, form kendiliğinden dolar.",
        "Choose one and the form fills itself.",
    ),
    "fills_pay": ("Onaylanır", "Pays"),
    "fills_bank": ("3D Secure ister", "Asks for 3-D Secure"),
    "fills_bank_fails": ("3D Secure başarısız olur", "3-D Secure fails"),
    "fills_declined": ("Reddedilir", "Is declined"),
    "fills_kept": ("Onaylanır, iptal ve iade edilemez", "Pays, can't be cancelled or refunded"),
    "more_cards": ("Diğer kartlar", "More cards"),
    "credit": ("kredi", "credit"),
    "debit": ("banka kartı", "debit"),
    "other_language": ("English", "Türkçe"),
    "bank_title": ("Banka doğrulaması", "Bank verification"),
    "shop": ("İşyeri", "Shop"),
    "amount": ("Tutar", "Amount"),
    "bank_hint": (
        "Telefonunuza gelen tek kullanımlık kodu yazın. Deneme ortamında kodunuz:",
        "Type the one-time code from your phone. In this test environment your code is:",
    ),
    "code": ("Tek kullanımlık kod", "One-time code"),
    "wrong_code": ("Kod hatalı. Kalan deneme hakkınız:", "Wrong code. Tries left:"),
    "confirm": ("Onayla", "Confirm"),
    "decline": ("Ödemeyi reddet", "Decline the payment"),
    "abandon": ("Yanıt vermeden ayrıl", "Leave without an answer"),
    "abandoned_title": ("Bankadan yanıt vermeden ayrıldınız", "You left without an answer"),
    "abandoned": (
        "Ödeme onay bekliyor. Sayfanın süresi dolana dek geri dönebilirsiniz.",
        "The payment waits for approval. You may go back until the page expires.",
    ),
    "back_to_bank": ("Doğrulamaya dön", "Back to verification"),
    "back_to_page": ("Ödeme sayfasına dön", "Back to the payment page"),
    "paid_title": ("Ödemeniz alındı", "Your payment has been taken"),
    "unpaid_title": ("Ödeme tamamlanmadı", "The payment was not completed"),
    "verified_title": ("Doğrulama tamamlandı", "Verification is complete"),
    "returning": (
        "Mağazaya kendiliğinden dönmezseniz düğmeye basın.",
        "Press the button if you are not taken back to the shop by itself.",
    ),
    "already_paid": (
        "Bu sayfanın ödemesi yapılmış. Yeniden para çekilmez.",
        "This page is paid already. You are not charged again.",
    ),
    "continue": ("Mağazaya dön", "Return to the shop"),
    "unknown_title": ("Ödeme sayfası bulunamadı", "Payment page not found"),
    "unknown_page": (
        "Böyle bir ödeme sayfası yok. Mağazadan yeniden başlayın.",
        "There is no such payment page. Please start again from the shop.",
    ),
    "expired_title": ("Sayfanın süresi doldu", "The page has expired"),
    "expired_page": (
        "Bu ödeme sayfasının süresi doldu ve para çekilmedi. Mağazadan yeniden başlayın.",
        "This payment page has expired and no money was taken. Please start again from the shop.",
    ),
    "front_title": ("Ödeme sağlayıcısının yerel benzeri", "Local stand-in for the provider"),
    "front_text": (
        "Bu bilgisayardaki mağaza ödemelerini buradan alır. Ödeme sayfaları mağazadan açılır.",
        "The shop on this machine takes its payments here. Payment pages are opened by the shop.",
    ),
    "front_clock": ("Sağlayıcının saati", "The provider's time"),
    "front_pages": ("Son ödeme sayfaları", "Latest payment pages"),
    "front_none": ("Henüz sayfa açılmadı.", "No page has been opened yet."),
    "state_open": ("açık", "open"),
    "state_at_bank": ("bankada", "at the bank"),
    "state_paid": ("ödendi", "paid"),
    "state_expired": ("süresi doldu", "expired"),
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
