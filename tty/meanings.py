# ruff: noqa: RUF001  # letters of other scripts are what the tables are about
"""What TTYs have no mark for, in words: tables of ours. Spelling is done in `spelling`.

An entry that is a word stands apart from its neighbours; one that is only marks does not.
"""

from __future__ import annotations

# One mark, one or more marks a TTY has. Nothing is put around them.
SAME: dict[str, str] = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "`": "'",
    "\u00b4": "'", "\u02bc": "'", "\u2039": "'", "\u203a": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"',
    "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-",
    "\u2212": "-", "\u2022": "-", "\u00b7": "-",
    "\u2026": "...", "\u00bf": "?", "\u00a1": "!", "\u00d7": "X", "\u00f7": "/", "\u2044": "/",
    "[": "(", "{": "(", "]": ")", "}": ")", "\t": " ", "\u3001": ",", "\u3002": ".",
    "\u00df": "SS", "\u00e6": "AE", "\u00f8": "O", "\u0153": "OE", "\u0142": "L", "\u0111": "D",
    "\u00f0": "D", "\u00fe": "TH", "\u0131": "I", "\u014b": "NG",
}  # fmt: skip

# One mark, or a few that belong together, in words that stand apart.
WORDS: dict[str, str] = {
    "@": "AT", "&": "AND", "*": "STAR", "%": "PERCENT", "_": "UNDERLINE", "~": "TILDE",
    "^": "CARET", "|": "BAR", "\\": "BACKSLASH", "<": "LESS THAN", ">": "MORE THAN",
    "#": "NUMBER SIGN", "\u2116": "NUMBER", "\u00b0": "DEG", "\u2103": "DEG C", "\u2109": "DEG F",
    "\u20ac": "EUR", "\u00a3": "GBP", "\u00a5": "YEN", "\u00a2": "CENT", "\u00a7": "SECTION",
    "\u00b1": "PLUS OR MINUS", "\u2248": "ABOUT", "\u2192": "TO", "\u2190": "FROM",
    "<3": "(HEART)", "->": "TO", "<-": "FROM", "=>": "TO", ">=": "AT LEAST", "<=": "AT MOST",
    "\u2265": "AT LEAST", "\u2264": "AT MOST", "\b": "(ERASE)",
}  # fmt: skip
TOGETHER = tuple(sorted((key for key in WORDS if len(key) > 1), key=len, reverse=True))

# Pictures whose name in the character tables is long or misleading; the others go by that name.
PICTURES: dict[str, str] = {
    "\u2764": "HEART", "\u2665": "HEART", "\U0001f494": "BROKEN HEART", "\u26a0": "WARNING",
    "\U0001f198": "SOS", "\U0001f6a8": "POLICE LIGHT", "\U0001f52b": "GUN",
    "\U0001f52a": "KNIFE", "\U0001f5e1": "DAGGER", "\U0001f4a3": "BOMB", "\U0001f4a5": "EXPLOSION",
    "\U0001f691": "AMBULANCE", "\U0001f692": "FIRE TRUCK", "\U0001f693": "POLICE CAR",
    "\U0001f46e": "POLICE", "\U0001fa78": "BLOOD", "\U0001f915": "HURT HEAD",
    "\U0001f912": "FEVER", "\U0001f922": "NAUSEA", "\U0001f92e": "VOMITING",
    "\U0001f635": "DIZZY", "\U0001f62d": "CRYING", "\U0001f622": "CRYING",
    "\U0001f602": "LAUGHING", "\U0001f923": "LAUGHING", "\U0001f631": "SCREAMING",
    "\U0001f628": "AFRAID", "\U0001f620": "ANGRY", "\U0001f621": "ANGRY", "\U0001f610": "NEUTRAL",
    "\U0001f600": "SMILE", "\U0001f603": "SMILE", "\U0001f604": "SMILE", "\U0001f60a": "SMILE",
    "\U0001f642": "SMILE", "\u263a": "SMILE", "\U0001f614": "SAD", "\U0001f641": "SAD",
    "\u2639": "SAD", "\U0001f44d": "YES THUMB UP", "\U0001f44e": "NO THUMB DOWN",
    "\U0001f64f": "PLEASE", "\U0001f44c": "OK", "\U0001f487": "HAIRCUT", "\U0001f468": "MAN",
    "\U0001f469": "WOMAN", "\U0001f476": "BABY", "\U0001f480": "SKULL", "\U0001f4cd": "PIN",
    "\u2705": "YES CHECK", "\u2714": "YES CHECK", "\u274c": "NO CROSS", "\U0001f92b": "SILENCE",
    "\u260e": "PHONE", "\U0001f4de": "PHONE", "\U0001f697": "CAR", "\U0001f3e0": "HOUSE",
    "\u2640": "FEMALE", "\u2642": "MALE", "\u2b05": "LEFT", "\u27a1": "RIGHT", "\u2b06": "UP",
    "\u2b07": "DOWN",
}  # fmt: skip

_CYRILLIC = dict(
    zip("абвгдезийклмнопрстуфыэ", "ABVGDEZIYKLMNOPRSTUFYE", strict=True)
) | {
    "ё": "YO", "ж": "ZH", "х": "KH", "ц": "TS", "ч": "CH", "ш": "SH", "щ": "SHCH", "ъ": '"',
    "ь": "'", "ю": "YU", "я": "YA", "є": "YE", "і": "I", "ї": "YI", "ґ": "G", "ў": "U", "ј": "J",
    "љ": "LJ", "њ": "NJ", "ћ": "C", "ђ": "DJ", "џ": "DZ",
}  # fmt: skip
_GREEK = dict(zip("αβγδεζηικλμνξοπρστυω", "AVGDEZIIKLMNXOPRSTYO", strict=True)) | {
    "θ": "TH", "φ": "F", "χ": "CH", "ψ": "PS", "ς": "S",
}  # fmt: skip
# Letter by letter, small ones only; capitals are looked up as small ones.
ROMAN: dict[str, str] = _CYRILLIC | _GREEK

# Scripts whose character names end in the sound: HANGUL SYLLABLE GANG, HIRAGANA LETTER KA.
SOUNDED = ("HANGUL SYLLABLE ", "HIRAGANA LETTER SMALL ", "HIRAGANA LETTER ",
           "KATAKANA LETTER SMALL ", "KATAKANA LETTER ")  # fmt: skip

# Whole tokens that end a turn on a TTY, as something that ends none: in an address, and elsewhere.
NO_TURN: dict[str, tuple[str, str]] = {
    "GA": ("GEORGIA", "G A"),
    "SK": ("SASKATCHEWAN", "S K"),
    "SKSK": ("S K S K", "S K S K"),
}
