"""Why the provider says no: service errors by code, bank errors by code and group."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Language = Literal["tr", "en"]

MESSAGES: dict[str, tuple[str, str]] = {
    "1": ("Sistem hatası", "System error"),
    "3": ("E-posta gönderilmesi zorunludur", "E-mail is required"),
    "5": ("Kimlik numarası gönderilmesi zorunludur", "Identity number is required"),
    "11": ("Geçersiz istek", "Invalid request"),
    "12": ("Kart numarası geçersizdir", "Card number is invalid"),
    "13": ("Son kullanma tarihi geçersizdir", "Expiry date is invalid"),
    "15": ("CVC geçersizdir", "CVC is invalid"),
    "17": ("Kart sahibinin adı gereklidir", "Card holder name is required"),
    "20": ("conversationId çok uzundur", "conversationId is too long"),
    "23": ("callbackUrl geçersizdir", "callbackUrl is invalid"),
    "25": ("GSM numarası geçersizdir", "GSM number is invalid"),
    "1000": ("Geçersiz imza", "Invalid signature"),
    "1001": ("API bilgileri bulunamadı", "API credentials not found"),
    "3001": ("cardUserKey gönderilmesi zorunludur", "cardUserKey is required"),
    "3005": ("cardUserKey bulunamadı", "cardUserKey not found"),
    "3006": ("cardToken bulunamadı", "cardToken not found"),
    "3007": ("Kart saklama özelliği açık değildir", "Card storage is not enabled"),
    "5001": ("Ödeme kırılımı bulunamadı", "Payment transaction not found"),
    "5002": ("Ödeme bulunamadı", "Payment not found"),
    "5005": ("Tutar geçersizdir", "Amount is invalid"),
    "5006": ("Tutar kalan tutardan büyük olamaz", "Amount exceeds what remains"),
    "5008": ("İptal ya da iade süresi geçmiştir", "Too late to cancel or refund"),
    "5062": ("Sepet toplamı tutara eşit olmalıdır", "Basket sum must equal price"),
    "5093": ("Ödeme daha önce iptal edilmiştir", "Payment is already cancelled"),
    "5111": (
        "cardToken ile birlikte cardUserKey gönderilmelidir",
        "cardToken needs a cardUserKey",
    ),
    "5124": ("Ödeme formu bulunamadı", "Payment form token not found"),
    "5132": ("Ödeme formu bilgisi zorunludur", "Payment form token is required"),
    "50000": ("İstek sınırı aşıldı", "Rate limit exceeded"),
    "10000": ("Banka işlemi tamamlayamadı", "The bank could not complete this"),
    "10005": ("İşlem onaylanmadı", "Do not honour"),
    "10012": ("Geçersiz işlem", "Invalid transaction"),
    "10034": ("Dolandırıcılık şüphesi", "Fraud suspect"),
    "10041": ("Kayıp kart", "Lost card"),
    "10043": ("Çalıntı kart", "Stolen card"),
    "10051": ("Kart limiti yetersiz", "Not sufficient funds"),
    "10054": ("Kartın süresi dolmuş", "Expired card"),
    "10057": ("Kart sahibi bu işlemi yapamaz", "Not permitted to card holder"),
    "10058": ("Terminal bu işlemi yapamaz", "Not permitted to terminal"),
    "10084": ("CVC2 hatalı", "Invalid CVC2"),
    "10093": ("Kart bu işleme kapalıdır", "Restricted by law"),
    "10201": ("Kart alıkonuldu", "Pick up card"),
    "10213": ("Kart bulunamadı", "BIN not found"),
    "10215": ("3D Secure doğrulanamadı", "3-D Secure could not be completed"),
    "10217": ("Banka kartı 3D Secure gerektirir", "Debit cards need 3-D Secure"),
    "10220": ("Ödeme reddedildi", "Declined"),
}


class Refusal(Exception):
    """A failure answer; `details` go into it beside the code."""

    def __init__(self, code: str, group: str = "", **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.group = group
        self.details = details


class Decline(Struct, frozen=True):
    """A card payment that did not go through."""

    code: str
    group: str


def message_of(code: str, language: str) -> str:
    """What is said to people about a code."""
    turkish, english = MESSAGES.get(code, MESSAGES["1"])
    return english if language == "en" else turkish
