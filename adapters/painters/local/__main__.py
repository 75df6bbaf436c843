"""Look at what the painter makes: `python -m adapters.painters.local PROMPT --out file.png`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from PIL import Image, ImageDraw

from adapters.painters.local.fonts import Fonts
from adapters.painters.local.picture import draw, png
from application.ports import Brief, Language, Size


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m adapters.painters.local", description=__doc__)
    parser.add_argument("prompt", nargs="?", default="", help="what the cover is to show")
    parser.add_argument("--title", default="")
    parser.add_argument("--author", default="")
    parser.add_argument("--kind", default="novel")
    parser.add_argument("--language", choices=("tr", "en"), default="tr")
    parser.add_argument("--variant", type=int, default=0)
    parser.add_argument("--size", default="1600x2560", help="pixels, WIDTHxHEIGHT")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--sheet", type=Path, help="a file of briefs: prompt|title|author|kind|language"
    )
    parser.add_argument("--variants", type=int, default=3, help="columns per brief on a sheet")

    return parser.parse_args()


def _sheet(arguments: argparse.Namespace, fonts: Fonts) -> Image.Image:
    lines = [row for row in arguments.sheet.read_text("utf-8").splitlines() if row.strip()]
    size, shown = Size(480, 768), (300, 480)
    groups = 2 if len(lines) > 1 else 1
    across, down = groups * arguments.variants, -(-len(lines) // groups)
    sheet = Image.new("RGB", (across * (shown[0] + 10), down * (shown[1] + 26)), "white")
    pen = ImageDraw.Draw(sheet)
    for place, row in enumerate(lines):
        prompt, title, author, kind, language = [*row.split("|"), "", "", "novel", "tr"][:5]
        told: Language = "en" if language == "en" else "tr"
        brief = Brief(
            prompt=prompt, title=title, author=author, kind=kind or "novel", language=told
        )
        for variant in range(arguments.variants):
            started = time.perf_counter()
            painted = draw(brief, variant=variant, size=size, fonts=fonts)
            x = ((place % groups) * arguments.variants + variant) * (shown[0] + 10)
            y = (place // groups) * (shown[1] + 26)
            sheet.paste(painted.image.resize(shown, Image.Resampling.LANCZOS), (x, y + 20))
            took = (time.perf_counter() - started) * 1000
            note = f"{painted.family} {took:.0f} ms: {prompt[:30]}"
            pen.text((x, y + 2), note, fill="black", font=fonts.load("inter", 13))
    return sheet


def main() -> None:
    """Paint one cover, or a sheet of small ones."""
    arguments, fonts = _arguments(), Fonts()
    if arguments.sheet:
        _sheet(arguments, fonts).save(arguments.out)
        return
    width, height = (int(part) for part in arguments.size.split("x"))
    brief = Brief(
        prompt=arguments.prompt,
        title=arguments.title,
        author=arguments.author,
        kind=arguments.kind,
        language=arguments.language,
    )
    started = time.perf_counter()
    painted = draw(brief, variant=arguments.variant, size=Size(width, height), fonts=fonts)
    arguments.out.write_bytes(png(painted.image))
    sys.stdout.write(f"{painted.family}, {time.perf_counter() - started:.2f} s\n")


main()
