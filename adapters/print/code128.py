"""Code 128 barcodes: letters and digits as bars, with the check sum that scanners want."""

from __future__ import annotations

# The widths of bars and spaces of each symbol, as the standard lists them; 106 is the stop.
_LISTED = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 "
    "112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 "
    "311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 "
    "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 "
    "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112 "
)
_WIDTHS = _LISTED.split()
START_B, STOP = 104, 106
QUIET = 10
"""So many narrow bars of white stand on both sides."""


def symbols(text: str) -> list[int]:
    """The symbols of a text in code set B, with the check sum. Raises `ValueError` for anything
    but printable ASCII.
    """
    if not text or not all(" " <= letter <= "~" for letter in text):
        raise ValueError("a barcode holds printable ASCII")
    values = [ord(letter) - 32 for letter in text]
    check = (START_B + sum(place * value for place, value in enumerate(values, 1))) % 103
    return [START_B, *values, check, STOP]


def as_svg(text: str, *, height: int = 60) -> bytes:
    """The bars as SVG, one unit for the narrowest; the quiet zones belong to it."""
    place, bars = QUIET, []
    for symbol in symbols(text):
        for number, width in enumerate(map(int, _WIDTHS[symbol])):
            if number % 2 == 0:
                bars.append(f"M{place} 0h{width}v{height}h-{width}z")
            place += width
    width = place + QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}"><path d="{"".join(bars)}"/></svg>'
    ).encode()
