"""Card numbers for tests, as the provider's sandbox has them, and how people write them."""

from __future__ import annotations

from collections.abc import Iterator

SANDBOX_TEXT = """
5890040000000016 5526080000000006 9792072000017956 4766620000000001 4603450000000000
4729150000000005 4987490000000002 5311570000000005 9792020000000001 9792030000000000
5170410000000004 5400360000000003 374427000000003 4475050000000003 5528790000000008
4059030000000009 5504720000000003 5892830000000000 4543590000000006 4910050000000006
4157920000000002 5168880000000002 5451030000000000 4054180000000007 5400010000000004
5406670000000009 4111111111111129 4129111111111111 4128111111111112 4127111111111113
4126111111111114 4125111111111115 4124111111111116 4123111111111117 4122111111111118
4121111111111119 4120111111111110 4130111111111118 4131111111111117 4141111111111115
4151111111111112 4151111111111393
"""
SANDBOX = SANDBOX_TEXT.split()

OTHERS_TEXT = """
2223000048400011 2720990000000007 6011111111111117 30569309025904 3530111333300000
6200000000000005 6759649826438453 4222222222222 2200000000000004 6304000000000000
"""
OTHERS = OTHERS_TEXT.split()
"""Of networks that the sandbox has no card of."""

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def grouped(number: str, between: str) -> str:
    """As it is printed on the card."""
    sizes = (4, 6, 5) if len(number) == 15 else (4,) * 5
    groups, at = [], 0
    for size in sizes:
        groups.append(number[at : at + size])
        at += size
    return between.join(group for group in groups if group)


def spellings(number: str) -> Iterator[str]:
    """The same number in many hands."""
    yield number
    for between in (" ", "-", ".", "\u00a0", "\u2009", "\u2013", " - ", "_", "\u200b"):
        yield grouped(number, between)
    yield " ".join(number)
    yield grouped(number, " ").translate(FULL_WIDTH)
    yield number.translate(ARABIC)
    yield f"{number} 12/28 123"
    yield f"kart{number}!"


def digits_of(text: str) -> str:
    """The digits of any script in a text, as ASCII."""
    return "".join(str(int(each)) for each in text if each.isdecimal())
