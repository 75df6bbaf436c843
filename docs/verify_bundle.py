"""Verifies a proof of a wallet's balance, alone: it needs Python and the library `cryptography`.

python verify_bundle.py PROOF KEY, where KEY is the public key of the log, `name+hash+key`.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "polikrami-proof/2"
ORIGIN = "polikrami.cover/events"
WALLETS = UUID("0d6bd6a3-3f0e-4a59-9d0e-0f7a3c1f6f01")
INVOICES = UUID("6a1e2b34-0c55-4a67-9d0c-51b5d7a90c01")
FIXED = struct.Struct(">bq16sqhqb16sIII")
PARTS = ("format", "person", "balance", "checkpoint", "entries", "papers")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017  # Python 3.9 can do it, too


class Refused(Exception):
    """What is wrong, in one sentence."""


def verified(content: bytes, key: str) -> list[str]:
    """The lines of a statement of the wallet that the proof proves. Raises `Refused`."""
    bundle = parsed(content)
    size, root = checkpoint(bundle["checkpoint"], key)
    wallet = uuid5(WALLETS, bundle["person"])
    events = proven(bundle["entries"], "entry", place=(size, root))
    for number, event in enumerate(events, start=1):
        if event["stream"] != wallet or event["version"] != number:
            raise Refused(f"entry {number} is not event {number} of this wallet")
    lines, balance = [f"Wallet {wallet} of {bundle['person']}, as of {size} events"], 0
    for event in events:
        change = moved(event)
        balance += change
        lines.append(f"{event['moment']:%Y-%m-%d %H:%M} {event['type']} {change:+} = {balance}")
    if balance != bundle["balance"] or not events:
        raise Refused(f"the balance is {balance}, not {bundle['balance']}")
    papers = proven(bundle["papers"], "paper", place=(size, root))
    last = events[-1]
    lines.append(f"Balance: {balance} credits")
    lines += purchases(events, papers)
    lines.append(
        "Not proven by this file: that nothing happened to the wallet behind its event"
        f" {last['version']}, which stands at {last['position']} of {size}."
    )
    return lines


def proven(entries: list[Any], name: str, *, place: tuple[int, bytes]) -> list[dict[str, Any]]:
    """The events of these entries, in the order of their positions, all of which were sealed."""
    (size, root), before, events = place, 0, []
    for number, each in enumerate(entries, start=1):
        position, entry = each["position"], decoded(each["entry"], f"{name} {number}")
        path = [decoded(step, f"the path of {name} {number}") for step in each["path"]]
        included(entry, path, place=(position, size), root=root)
        event = fields(entry, number)
        if event["position"] != position or position <= before:
            raise Refused(f"{name} {number} does not stand at position {position}")
        before = position
        events.append(event)
    return events


def purchases(events: list[dict[str, Any]], papers: list[dict[str, Any]]) -> list[str]:
    """What bought credits were paid with, and the papers about it."""
    lots = [
        event["payload"]
        for event in events
        if event["type"] == "wallet.credits_granted" and event["payload"].get("order_id")
    ]
    lines, used = [], []
    for lot in lots:
        order = UUID(lot["order_id"])
        own = [paper for paper in papers if belongs(paper, order)]
        used += own
        lines += [f"{lot['credits']} credits by order {order}: {told(lot, own)}"]
    for number, paper in enumerate(papers, start=1):
        if paper not in used:
            raise Refused(f"paper {number} belongs to no purchase of this wallet")
    return lines


def belongs(paper: dict[str, Any], order: UUID) -> bool:
    """Whether a paper is about an order."""
    if paper["type"].startswith("order."):
        return bool(paper["stream"] == order)
    return bool(paper["payload"].get("order_id") == str(order))


def told(lot: dict[str, Any], papers: list[dict[str, Any]]) -> str:
    """What is proven of a purchase, and what is not. Raises `Refused` if papers contradict."""
    order, by_type = lot["order_id"], {paper["type"]: paper for paper in papers}
    paid, invoice = by_type.get("order.paid"), by_type.get("invoice.issued")
    if paid is None:
        return "that it was paid is not proven"
    attempt, amount = paid["payload"]["attempt_id"], money(paid["payload"]["amount"])
    payments = [
        paper
        for paper in papers
        if paper["type"] == "payment.succeeded" and str(paper["stream"]) == attempt
    ]
    parts = [f"{amount} were paid by payment {attempt}"]
    if not payments:
        parts.append("what the provider took is not proven")
    elif money(payments[0]["payload"]["capture"]["paid"]) != amount:
        raise Refused(f"the payment of order {order} is not what the order says")
    if invoice is None:
        parts.append("an invoice is not proven")
    else:
        if invoice["stream"] != uuid5(INVOICES, order):
            raise Refused(f"the invoice of order {order} is not its own")
        if money(invoice["payload"]["sale"]["paid"]) != amount:
            raise Refused(f"the invoice of order {order} is not about what was paid")
        parts.append(f"invoice {invoice['payload']['number']}")
    if lot["paid"] and Decimal(lot["paid"]["amount"]) > Decimal(
        paid["payload"]["amount"]["amount"]
    ):
        raise Refused(f"the credits of order {order} cost more than was paid")
    back = [paper for paper in papers if paper["type"] == "order.money_returned"]
    parts += [f"{money(paper['payload']['amount'])} went back" for paper in back]
    return ", ".join(parts)


def money(value: dict[str, Any]) -> str:
    """An amount as people write it."""
    return f"{value['amount']} {value['currency']}"


def parsed(content: bytes) -> dict[str, Any]:
    """The proof, which has exactly one right form."""
    try:
        bundle = json.loads(content)
        again = json.dumps(bundle, indent=1, ensure_ascii=True).encode() + b"\n"
    except ValueError as error:
        raise Refused(f"the file is no JSON: {error}") from None
    if not isinstance(bundle, dict) or tuple(bundle) != PARTS:
        raise Refused(f"the file does not consist of {', '.join(PARTS)}")
    if bundle["format"] != FORMAT:
        raise Refused(f"the file's format is not {FORMAT}")
    if again != content:
        raise Refused("the file is not written as a proof is")
    kinds = (str, str, int, str, list, list)
    each_is_right = all(type(bundle[name]) is kind for name, kind in zip(PARTS, kinds))  # noqa: B905  # Python 3.9
    if not each_is_right or not all(
        isinstance(each, dict)
        and list(each) == ["position", "entry", "path"]
        and (type(each["position"]), type(each["path"])) == (int, list)
        for each in (*bundle["entries"], *bundle["papers"])
    ):
        raise Refused("a part of the file is of another kind")
    return bundle


def checkpoint(note: str, key: str) -> tuple[int, bytes]:
    """The size and the root of the tree that the key has signed."""
    try:
        name, key_hash, encoded = key.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        public = Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError:
        raise Refused("the key is none; it looks like name+hash+key") from None
    if sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != key_hash or raw[:1] != b"\x01":
        raise Refused("the key is damaged")
    text, _, line = note.partition("\n\n")
    signature = decoded(line[len(f"— {name} ") : -1], "the signature")
    if line != f"— {name} {base64.b64encode(signature).decode()}\n":
        raise Refused(f"the checkpoint is not signed by {name}")
    if signature[:4].hex() != key_hash:
        raise Refused("the checkpoint is signed by another key of the same name")
    try:
        public.verify(signature[4:], f"{text}\n".encode())
    except InvalidSignature:
        raise Refused("the signature of the checkpoint is wrong") from None
    origin, size, root, *_ = [*text.split("\n"), "", ""]
    if origin != ORIGIN or not size.isdigit():
        raise Refused(f"the checkpoint is not about {ORIGIN}")
    return int(size), decoded(root, "the root")


def included(entry: bytes, path: list[bytes], *, place: tuple[int, int], root: bytes) -> None:
    """The entry is in the tree, as section 2.1.1 of RFC 6962 has it."""
    position, size = place
    if not 1 <= position <= size:
        raise Refused(f"position {position} is not in the tree")
    here, last, reached = position - 1, size - 1, sha256(b"\x00" + entry).digest()
    for each in path:
        if last == 0:
            raise Refused(f"the path of the event at {position} is too long")
        if here & 1 or here == last:
            reached = sha256(b"\x01" + each + reached).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            reached = sha256(b"\x01" + reached + each).digest()
        here, last = here >> 1, last >> 1
    if last or reached != root:
        raise Refused(f"the event at {position} is not the one that was sealed")


def fields(entry: bytes, number: int) -> dict[str, Any]:
    """What the canonical bytes of an event say."""
    if len(entry) < FIXED.size:
        raise Refused(f"entry {number} is too short")
    form, position, stream, version, _, moment, _, _, *lengths = FIXED.unpack_from(entry)
    if form != 1 or FIXED.size + sum(lengths) != len(entry):
        raise Refused(f"entry {number} has another format")
    name_end = FIXED.size + lengths[0]
    return {
        "position": position,
        "stream": UUID(bytes=stream),
        "version": version,
        "moment": EPOCH + timedelta(microseconds=moment),
        "type": entry[FIXED.size : name_end].decode(),
        "payload": json.loads(entry[name_end : name_end + lengths[1]]),
    }


WITHOUT_EFFECT = {
    "wallet.opened",
    "wallet.credits_held",
    "wallet.hold_released",
    "wallet.hold_expired",
}


def moved(event: dict[str, Any]) -> int:
    """By how much an event changes the balance; holding credits and releasing them does not."""
    kind, payload = event["type"], event["payload"]
    if kind == "wallet.credits_granted":
        return int(payload["credits"])
    if kind == "wallet.credits_expired":
        return -int(payload["credits"])
    if kind in {"wallet.hold_captured", "wallet.credits_clawed_back"}:
        return -sum(int(share["credits"]) for share in payload["shares"])
    if kind == "wallet.capture_refunded":
        return sum(int(share["credits"]) for share in payload["shares"])
    if kind in WITHOUT_EFFECT:
        return 0
    raise Refused(f"{kind} is not known; a newer file of this name may know it")


def decoded(text: object, what: str) -> bytes:
    """The bytes of base64 that has no other form."""
    try:
        data = base64.b64decode(str(text), validate=True)
    except binascii.Error:
        data = b""
    if base64.b64encode(data).decode() != text:
        raise Refused(f"{what} is not base64")
    return data


def main(arguments: list[str]) -> int:
    """Say what is proven and return 0, or what is wrong and return 1."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python verify_bundle.py PROOF KEY\n")
        return 2
    try:
        lines = verified(Path(arguments[0]).read_bytes(), arguments[1])
    except OSError as error:
        sys.stderr.write(f"{arguments[0]} can't be read: {error.strerror}.\n")
        return 2
    except Refused as refused:
        sys.stderr.write(f"NOT PROVEN: {refused}.\n")
        return 1
    sys.stdout.write("\n".join([*lines, "PROVEN.", ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
