"""A file is kept once for each owner and purpose, and nobody keeps more than they may."""

from __future__ import annotations

from uuid import UUID

from application.assets import UploadLimits
from domain.assets import Asset, KeptFile
from projections.assets import bytes_of
from tests.drafts.studio import Studio
from tests.given import NOW

OWNER, OTHER = UUID(int=1), UUID(int=2)
FILE = KeptFile(digest="a" * 64, size_bytes=1234, media_type="image/png")
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 100


def test_an_asset_remembers_what_it_is() -> None:
    asset = Asset.accept(OWNER, FILE, purpose="artwork", now=NOW)
    assert (asset.owner_id, asset.file, asset.purpose) == (OWNER, FILE, "artwork")
    assert asset.id == Asset.id_of(OWNER, FILE.digest, purpose="artwork")


def test_the_same_bytes_of_two_owners_or_for_two_purposes_are_two_assets() -> None:
    ids = {
        Asset.id_of(OWNER, FILE.digest, purpose="artwork"),
        Asset.id_of(OTHER, FILE.digest, purpose="artwork"),
        Asset.id_of(OWNER, FILE.digest, purpose="design"),
    }
    assert len(ids) == 3


async def test_room_is_counted_for_each_owner(studio: Studio) -> None:
    ayse, eve = await studio.customer(), await studio.customer()
    for number in range(2):
        path = await studio.draft(ayse, "upload")
        await studio.upload(f"{path}/artwork", ayse, PNG + bytes([number]))
    assert await bytes_of(studio.backend.reads, ayse.id) == 2 * (len(PNG) + 1)
    assert await bytes_of(studio.backend.reads, eve.id) == 0


async def test_nobody_keeps_more_than_they_may(studio: Studio) -> None:
    studio.offer(UploadLimits(owner_bytes=len(PNG)))
    ayse, other = await studio.customer(), await studio.customer()
    path = await studio.draft(ayse, "upload")
    assert (await studio.upload(f"{path}/artwork", ayse, PNG)).status_code == 200
    full = await studio.upload(f"{path}/artwork", ayse, PNG + b"more")
    assert (full.status_code, full.json()["code"]) == (409, "storage_full")
    path = await studio.draft(other, "upload")
    assert (await studio.upload(f"{path}/artwork", other, PNG)).status_code == 200


async def test_a_file_beyond_the_limit_is_refused_before_it_is_read(studio: Studio) -> None:
    studio.offer(UploadLimits(file_bytes=len(PNG) - 1))
    ayse = await studio.customer()
    path = await studio.draft(ayse, "upload")
    answer = await studio.upload(f"{path}/artwork", ayse, PNG)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert studio.files.contents == {}
