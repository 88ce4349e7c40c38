"""Write cards.zh-Hant.json from the simplified cards: traditional letters, mainland vocabulary.

Run after editing a simplified card: `python -m fieldops.playbook.data.to_traditional`. The result is committed, so
the running product needs no OpenCC (it is in requirements-dev.txt). OpenCC's `s2t` changes letters, never words; the
table below puts its rarer variants into the letters in common use.
"""

import json
from pathlib import Path
from typing import Any

from opencc import OpenCC

HERE = Path(__file__).resolve().parent
TEXTS = ("body", "red_flags", "questions", "talking_points")
LETTERS = str.maketrans(
    {
        "爲": "為", "裏": "裡", "羣": "群", "臺": "台", "覈": "核", "僞": "偽", "衆": "眾", "峯": "峰", "喫": "吃",
        "啓": "啟", "麪": "麵", "纔": "才", "託": "托", "祕": "秘", "牀": "床", "溼": "濕", "蹟": "跡", "鍊": "鏈", "傭": "佣",
        "“": "「", "”": "」", "‘": "『", "’": "』",
    }
)  # fmt: skip
_opencc = OpenCC("s2t")


def to_traditional(text: str) -> str:
    """Return `text` in traditional letters with mainland vocabulary."""
    return str(_opencc.convert(text)).translate(LETTERS)


def convert(value: Any) -> Any:
    """Return a text or a list of texts converted."""
    return [to_traditional(item) for item in value] if isinstance(value, list) else to_traditional(value)


def main() -> None:
    """Read the simplified cards and states; write the traditional ones."""
    plain = json.loads((HERE / "cards.zh-Hans.json").read_text("utf-8"))
    states = json.loads((HERE / "states.json").read_text("utf-8"))
    cards = [{**card, **{key: convert(card[key]) for key in TEXTS}} for card in plain]
    cards += [{**_keys(state), **{key: convert(state["zh-Hans"][key]) for key in TEXTS}} for state in states]
    text = json.dumps(cards, ensure_ascii=False, indent=1) + "\n"
    (HERE / "cards.zh-Hant.json").write_text(text, "utf-8")


def _keys(state: dict[str, Any]) -> dict[str, Any]:
    return {key: state[key] for key in ("code", "scam_type", "victim_state")}


if __name__ == "__main__":
    main()
