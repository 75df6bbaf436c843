"""The certificate of an erasure: what was destroyed, what stays, under which law, until when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from application.ports import Language
from domain.erasure import Destroyed, Kept
from domain.shared.days import TURKEY
from projections.erasures import Checkpoint, ErasureRow

WORDS: dict[Language, dict[str, str]] = {
    "tr": {
        "title": "KİŞİSEL VERİLERİN SİLİNMESİ BELGESİ",
        "asked": "Silme isteği kaydedildi, hesap kapatıldı; kişisel anahtar henüz yok edilmedi.",
        "key_destroyed": "Kişisel anahtar yok edildi; okunur kopyalar temizleniyor.",
        "completed": "Silme tamamlandı.",
        "person": "Kişi (rastgele kimlik)",
        "asked_by": "İsteyen",
        "by_person": "kişinin kendisi",
        "by_operator": "başvuru üzerine işletmeci",
        "reference": "Başvuru kaydı",
        "basis": "Dayanak",
        "asked_at": "İstek",
        "key_at": "Anahtarın yok edilmesi",
        "completed_at": "Tamamlanma",
        "credits": "Vazgeçilen kredi",
        "destroyed": "YOK EDİLENLER",
        "kept": "SAKLANANLAR",
        "for_good": "süresiz, kimseyi adlandırmaz",
        "until": "{day} tarihine kadar",
        "position": "Olay günlüğündeki yeri",
        "checkpoint": "İmzalı denetim noktası",
        "unsealed": "henüz mühürlenmedi",
        "key": "kişisel şifreleme anahtarı",
        "events": "geçmişteki kişisel kayıt; artık hiçbir yerde, yedeklerde de okunamaz",
        "rows": "okunur satır, kişi olmadan yeniden hesaplandı",
        "files": "dosya (yüklenen, üretilen, önizleme, baskı dosyası)",
        "mails": "bizde kalmış olabilecek e-posta kopyası",
        "webhooks": "ödeme kuruluşundan gelen bildirim",
        "invoice": "Fatura",
        "return_document": "İade belgesi",
        "books": "Muhasebe kayıtları (tutarlar, sipariş ve ödeme numaraları; isimsiz)",
        "history": "Olay zinciri ve imzaları (kişisel alanları okunamaz)",
        "address_digest": "E-posta adresinin anahtarlı özeti (hoş geldin kredisi bir kez verilir)",
        "elsewhere": "Ödeme kuruluşu ve kargo firması kendi kayıtlarından kendileri sorumludur.",
    },
    "en": {
        "title": "CERTIFICATE OF ERASURE OF PERSONAL DATA",
        "asked": "The wish is recorded and the account closed; the key is still to be destroyed.",
        "key_destroyed": "The personal key is destroyed; readable copies are being cleared.",
        "completed": "The erasure is complete.",
        "person": "Person (random id)",
        "asked_by": "Asked by",
        "by_person": "the person",
        "by_operator": "an operator, on request",
        "reference": "Request filed as",
        "basis": "Legal basis",
        "asked_at": "Asked",
        "key_at": "Key destroyed",
        "completed_at": "Completed",
        "credits": "Credits given up",
        "destroyed": "DESTROYED",
        "kept": "KEPT",
        "for_good": "for good, names nobody",
        "until": "until {day}",
        "position": "Position in the event log",
        "checkpoint": "Signed checkpoint",
        "unsealed": "not sealed yet",
        "key": "personal encryption key",
        "events": "personal records in history; unreadable everywhere by now, also in backups",
        "rows": "readable rows, computed anew without the person",
        "files": "files (uploads, generated pictures, previews, print files)",
        "mails": "mails of which copies may have been with us",
        "webhooks": "messages of the payment provider",
        "invoice": "Invoice",
        "return_document": "Return document",
        "books": "Bookkeeping (amounts, numbers of orders and payments; without names)",
        "history": "Chain of events and its signatures (personal fields unreadable)",
        "address_digest": "Keyed digest of the e-mail address (welcome credits are given once)",
        "elsewhere": "The payment provider and the carrier answer for their own records.",
    },
}
DAYS: dict[Language, str] = {"tr": "%d.%m.%Y", "en": "%Y-%m-%d"}


class CertificateTexts(Struct, frozen=True):
    """The certificate for readers, in both languages."""

    tr: str
    en: str


class Certificate(Struct, frozen=True, kw_only=True):
    """How far an erasure is and, once it is completed, what it did. It names nobody.

    `position` is where its latest event stands in the log; `checkpoint` is the signed one that
    covers it, None until the sealer has come so far. Times are in UTC.
    """

    person_id: UUID
    state: Literal["asked", "key_destroyed", "completed"]
    legal_basis: str
    asked_by: str
    reference: str
    forfeited_credits: int
    asked_at: datetime
    key_destroyed_at: datetime | None
    completed_at: datetime | None
    destroyed: tuple[Destroyed, ...]
    kept: tuple[Kept, ...]
    position: int
    checkpoint: Checkpoint | None
    text: CertificateTexts


def certificate_of(row: ErasureRow, checkpoint: Checkpoint | None) -> Certificate:
    """The certificate of an erasure, however far it is."""
    return Certificate(
        person_id=row.person_id,
        state=row.state,
        legal_basis=row.legal_basis,
        asked_by=row.asked_by,
        reference=row.reference,
        forfeited_credits=row.forfeited_credits,
        asked_at=row.asked_at,
        key_destroyed_at=row.key_destroyed_at,
        completed_at=row.completed_at,
        destroyed=row.destroyed,
        kept=row.kept,
        position=row.position,
        checkpoint=checkpoint,
        text=CertificateTexts(
            tr=_text(row, "tr", checkpoint=checkpoint), en=_text(row, "en", checkpoint=checkpoint)
        ),
    )


def _text(row: ErasureRow, language: Language, *, checkpoint: Checkpoint | None) -> str:
    words = WORDS[language]
    facts = {
        "person": str(row.person_id),
        "asked_by": words[f"by_{row.asked_by}"],
        "reference": row.reference,
        "basis": row.legal_basis,
        "asked_at": _moment(row.asked_at, language),
        "key_at": _moment(row.key_destroyed_at, language),
        "completed_at": _moment(row.completed_at, language),
        "credits": str(row.forfeited_credits),
        "position": str(row.position),
        "checkpoint": (f"{checkpoint.size} {checkpoint.root}" if checkpoint else words["unsealed"]),
    }
    lines = [words["title"], "", words[row.state], ""]
    lines += [f"{words[name]}: {fact}" for name, fact in facts.items() if fact]
    if row.destroyed:
        lines += ["", words["destroyed"]]
        lines += [f"- {each.count} {words[each.kind]}" for each in row.destroyed]
    if row.kept:
        lines += ["", words["kept"], *(_kept(each, language) for each in row.kept)]
        lines += ["", words["elsewhere"]]
    return "\n".join(lines) + "\n"


def _kept(kept: Kept, language: Language) -> str:
    words = WORDS[language]
    until = words["for_good"]
    if kept.until:
        until = words["until"].format(day=f"{kept.until:{DAYS[language]}}")
    what = f"{words[kept.kind]} {kept.reference}".strip()
    return f"- {what}: {kept.law}; {until}"


def _moment(moment: datetime | None, language: Language) -> str:
    return f"{moment.astimezone(TURKEY):{DAYS[language]} %H:%M}" if moment else ""
