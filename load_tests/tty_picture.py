"""The error rates as a picture, SVG by hand, and the theory they are held against. Pure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .tty_signals import codes_of, edit_distance, mixed_text, text_from

WIDE, HIGH = 720, 460
LEFT, TOP, RIGHT, BOTTOM = 70, 40, 150, 60
TOP_DECADE, DECADES = 2, 4  # from 100 % down to 0.01 %
COLOURS = {"ours": "#0b6e4f", "theory": "#888888", "minimodem": "#b3541e", "spandsp": "#3b5ba5"}


def theory_raw(ebn0_db: float) -> float:
    """Codes wrong in per cent: non-coherent orthogonal FSK, framing given, five bits."""
    wrong = 0.5 * math.exp(-(10 ** (ebn0_db / 10)) / 2)
    return 100 * (1 - (1 - wrong) ** 5)


def theory_text(ebn0_db: float, characters: int = 20_000) -> float:
    """Text wrong in per cent: bits of mixed text turned over by chance at theory's rate, read
    through the real shift codec."""
    chance = np.random.default_rng(int(ebn0_db * 10))
    rate = 0.5 * math.exp(-(10 ** (ebn0_db / 10)) / 2)
    wrong = total = 0
    for _ in range(characters // 250):
        said = mixed_text(chance, 250)
        codes = np.array(codes_of(said))
        turned = (chance.random((len(codes), 5)) < rate) @ (1 << np.arange(5))
        heard = text_from((codes ^ turned).tolist())
        wrong += edit_distance([*map(ord, said)], [*map(ord, heard)])
        total += len(said)
    return 100 * wrong / total


def _x(point: float, points: list[float]) -> float:
    share = (point - points[0]) / ((points[-1] - points[0]) or 1)
    return LEFT + share * (WIDE - LEFT - RIGHT)


def _y(per_cent: float) -> float:
    decade = TOP_DECADE - math.log10(min(max(per_cent, 10 ** (TOP_DECADE - DECADES)), 100.0))
    return TOP + decade / DECADES * (HIGH - TOP - BOTTOM)


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def _curve(who: str, kind: str, points: list[float], curve: dict[str, list[float]]) -> str:
    floor = 10 ** (TOP_DECADE - DECADES)
    shown = [(x, y) for x, y in zip(curve["points"], curve[kind], strict=True) if y > floor]
    corners = " ".join(f"{_x(x, points):.1f},{_y(y):.1f}" for x, y in shown)
    dashes = ' stroke-dasharray="6 4"' if kind == "text" else ""
    colour = COLOURS.get(who, "#000000")
    return f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def picture(errors: dict[str, Any]) -> str:
    """`errors` as the command writes them, as SVG: raw in lines, text in dashes."""
    points = sorted({one for curve in errors["curves"].values() for one in curve["points"]})
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="#ffffff"/>',
        _text(WIDE / 2, 20, "TTY characters wrong over Eb/N0 (white noise, mu-law)"),
    ]
    for decade in range(DECADES + 1):
        y = TOP + decade / DECADES * (HIGH - TOP - BOTTOM)
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDE - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
        )
        parts.append(_text(LEFT - 8, y + 4, f"{10.0 ** (TOP_DECADE - decade):g} %", "end"))
    for point in range(math.ceil(points[0]), math.floor(points[-1]) + 1, 2):
        x = _x(point, points)
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HIGH - BOTTOM}" stroke="#eeeeee"/>'
        )
        parts.append(_text(x, HIGH - BOTTOM + 18, f"{point}"))
    parts.append(_text((LEFT + WIDE - RIGHT) / 2, HIGH - BOTTOM + 40, "Eb/N0, dB"))
    for place, (who, curve) in enumerate(errors["curves"].items()):
        parts += [_curve(who, kind, points, curve) for kind in ("raw", "text")]
        y = TOP + 20 + 22 * place
        x = WIDE - RIGHT + 15
        colour = COLOURS.get(who, "#000000")
        parts.append(
            f'<line x1="{x}" y1="{y}" x2="{x + 25}" y2="{y}" stroke="{colour}" stroke-width="2"/>'
        )
        parts.append(_text(x + 32, y + 4, who, "start"))
    parts.append(_text(WIDE - RIGHT + 15, TOP + 20 + 22 * 5, "line: codes", "start"))
    parts.append(_text(WIDE - RIGHT + 15, TOP + 20 + 22 * 6, "dashes: text", "start"))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
