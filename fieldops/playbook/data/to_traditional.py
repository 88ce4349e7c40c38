"""Write cards.zh-Hant.json from the simplified cards: traditional letters, mainland vocabulary.

Run after editing a simplified card: `python -m fieldops.playbook.data.to_traditional`. The result is
committed, so the running product needs no OpenCC (it is in requirements-dev.txt). OpenCC's `s2t` changes
letters, never words; the table below puts its rarer variants into the letters in common use.
"""

import json
from pathlib import Path
from typing import Any

from opencc import OpenCC

HERE = Path(__file__).resolve().parent
TEXTS = ("body", "red_flags", "questions", "talking_points")
LETTERS = str.maketrans(
    "爲裏羣臺覈僞衆峯喫啓麪纔託祕牀溼蹟鍊傭“”‘’",
    "為裡群台核偽眾峰吃啟麵才托秘床濕跡鏈佣「」『』",
)
# Words where `s2t` leaves what the mainland writes.
WORDS = {"座標": "坐標"}
_opencc = OpenCC("s2t")


def to_traditional(text: str) -> str:
    """Return `text` in traditional letters with mainland vocabulary."""
    converted = str(_opencc.convert(text)).translate(LETTERS)
    for foreign, ours in WORDS.items():
        converted = converted.replace(foreign, ours)
    return converted


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
