"""Colour arithmetic: Oklab mixing, ramps, hue turning and WCAG contrast, on sRGB values 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Colour = tuple[float, float, float]
Floats = npt.NDArray[np.float32]

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LMS = np.linalg.inv(_TO_LMS)
_FROM_LAB = np.linalg.inv(_TO_LAB)

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)


def hexed(code: str) -> Colour:
    """`#rrggbb` (the sign is optional) as a colour."""
    digits = code.lstrip("#")
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return (red, green, blue)


def _linear(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _encoded(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    bright = np.clip(values, 0.0, 1.0)
    return np.where(bright <= 0.0031308, bright * 12.92, 1.055 * bright ** (1 / 2.4) - 0.055)


def oklab(colours: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """SRGB colours of shape (..., 3) as Oklab."""
    lms = _linear(np.asarray(colours, dtype=np.float64)) @ _TO_LMS.T
    return np.asarray(np.cbrt(lms) @ _TO_LAB.T)


def srgb(labs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Oklab colours of shape (..., 3) as sRGB, clipped to what can be shown."""
    return _encoded((labs @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T)


def _colour(values: npt.NDArray[np.float64]) -> Colour:
    return (float(values[0]), float(values[1]), float(values[2]))


def mix(first: Colour, second: Colour, *, share: float) -> Colour:
    """The colour `share` of the way from the first to the second, mixed in Oklab."""
    labs = oklab([first, second])
    return _colour(srgb(labs[0] + (labs[1] - labs[0]) * share))


def ramp(stops: Sequence[tuple[float, Colour]], steps: int) -> Floats:
    """`steps` colours over positions 0 to 1 as an array (3, steps), mixed in Oklab."""
    at = np.linspace(0.0, 1.0, steps)
    places = [place for place, _ in stops]
    labs = oklab([colour for _, colour in stops])
    mixed = np.stack([np.interp(at, places, labs[:, axis]) for axis in range(3)], axis=-1)
    return np.ascontiguousarray(srgb(mixed).T, dtype=np.float32)


def oklch(colour: Colour) -> tuple[float, float, float]:
    """Lightness 0 to 1, chroma, hue in radians."""
    light, a, b = oklab(colour)
    return (float(light), math.hypot(a, b), math.atan2(b, a))


def from_oklch(light: float, chroma: float, *, hue: float) -> Colour:
    """The colour of that lightness and hue, with as much of the chroma as can be shown."""
    low, high = 0.0, chroma
    for step in range(9):
        middle = (low + high) / 2 if step else high
        lab = np.array([light, middle * math.cos(hue), middle * math.sin(hue)])
        linear = (lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T
        if linear.min() >= -1e-4 and linear.max() <= 1 + 1e-4:
            low = middle
            if middle == chroma:
                break
        else:
            high = middle
    return _colour(srgb(np.array([light, low * math.cos(hue), low * math.sin(hue)])))


def toned(colour: Colour, *, light: float = 0.0, chroma: float = 1.0, turn: float = 0.0) -> Colour:
    """The colour with lightness added, chroma multiplied, hue turned (radians)."""
    was_light, was_chroma, hue = oklch(colour)
    lightness = min(1.0, max(0.0, was_light + light))
    return from_oklch(lightness, was_chroma * chroma, hue=hue + turn)


def luminance(colour: Colour) -> float:
    """WCAG relative luminance, 0 to 1."""
    red, green, blue = _linear(np.asarray(colour, dtype=np.float64))
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def contrast(first: float, second: float) -> float:
    """WCAG contrast ratio of two luminances, 1 to 21."""
    low, high = sorted((first, second))
    return (high + 0.05) / (low + 0.05)


def grounded(colour: Colour, inks: tuple[Colour, Colour], *, ratio: float = 5.0) -> Colour:
    """The colour, moved as little as needed for one of the inks to be read on it."""
    for step in range(24):
        for way in (-0.02, 0.02):
            moved = toned(colour, light=way * step)
            if max(contrast(luminance(moved), luminance(ink)) for ink in inks) >= ratio:
                return moved
    return colour


def luminances(pixels: Floats) -> Floats:
    """WCAG relative luminance of pixels given as (3, ...)."""
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    weighed = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return np.asarray(weighed, dtype=np.float32)
