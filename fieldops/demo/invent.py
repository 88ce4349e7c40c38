"""Invented people, numbers and sums: plausible in shape, never anybody's. Pure; all chance comes from `rng`.

Numbers cannot be real: telephones 1380000xxxx and 1390000xxxx; ID numbers of the area 500199, which was never
given out (their check digit holds, so they pass where a real one would). Frequencies of types are those of
102,762 cases of one national platform.
"""

import datetime as dt
import random
import uuid
from dataclasses import dataclass

from fieldops.cases.numbers import ID_CHECKS, ID_WEIGHTS

NO_SUCH_AREA = "500199"
SURNAMES = (
    "王李张刘陈杨黄周吴徐孙朱马胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚"
    "卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔向汤"
)
GIVEN_WORDS = (
    "庆和 建国 秀兰 桂英 国强 志明 玉梅 晓燕 小龙 丽华 春梅 文博 思远 雨桐 梓涵 浩然 佳怡 欣怡 俊杰 子轩 "
    "明辉 永福 德才 素芬 淑珍 天佑 一凡 若曦 诗涵 嘉豪 "
    "伟 敏 静 强 磊 洋 艳 勇 娟 涛 超 霞 平 刚 鹏 琳 慧 鑫 斌 莉"
)
GIVEN = GIVEN_WORDS.split()
TYPES = {
    "SD": 35459, "KF": 13772, "LC": 11836, "DK": 11105, "ZX": 8464, "GW": 7058,
    "GJF": 4563, "MC": 4407, "YX": 2155, "JY": 1654, "WH": 1197, "JJGW": 1092,
}  # fmt: skip
LEVELS = {"critical": 9, "high": 23, "medium": 43, "low": 25}
FAMILIES = {"net": 46, "phone": 40, "money": 14}
SOURCES = {"city": 70, "ministry": 18, "platform": 12}
# Alerts by hour of the day: a lull before dawn, peaks late in the morning, in the afternoon and after supper.
HOURS = (2, 1, 1, 1, 1, 1, 2, 3, 6, 9, 10, 9, 6, 7, 9, 10, 9, 8, 8, 9, 9, 8, 6, 4)
BANKS = ("江城银行", "渝江银行", "乌江农商银行")


@dataclass(frozen=True)
class Someone:
    """An invented person."""

    name: str
    phone: str
    id_number: str
    student: bool

    @property
    def sex(self) -> str:
        return "male" if int(self.id_number[16]) % 2 else "female"

    @property
    def birth_year(self) -> int:
        return int(self.id_number[6:10])


def pick(rng: random.Random, weights: dict[str, int]) -> str:
    """Return a key by its weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def someone(rng: random.Random, number: int, *, student: bool, year: int) -> Someone:
    """Return the person with this running number, of a plausible age in `year`."""
    age = rng.randint(18, 22) if student else round(rng.triangular(19, 76, 36))
    born = dt.date(year - age, rng.randint(1, 12), rng.randint(1, 28))
    name = rng.choice(SURNAMES) + rng.choice(GIVEN)
    return Someone(name, f"1380000{number:04d}", id_number(born, rng.randint(1, 999)), student)


def id_number(born: dt.date, serial: int) -> str:
    """Return an ID number with a true check digit, of an area that does not exist; odd serials are male."""
    digits = f"{NO_SUCH_AREA}{born:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, ID_WEIGHTS, strict=True))
    return digits + ID_CHECKS[total % 11]


def sum_fen(rng: random.Random) -> int:
    """Return a sum as people lose them: mostly some thousand yuan, seldom a fortune."""
    yuan = rng.lognormvariate(9.2, 1.1)
    step = 100 if yuan < 20_000 else 1_000
    return max(200, round(yuan / step) * step) * 100


def account(rng: random.Random) -> str:
    """Return a card number nobody has: its bank prefix is not given out."""
    return "6299" + "".join(rng.choices("0123456789", k=15))


def born_id(rng: random.Random, at: dt.datetime) -> uuid.UUID:
    """Return a UUIDv7 of this instant, its random part from `rng`: seeding twice gives the same rows."""
    high = int(at.timestamp() * 1000) << 80
    return uuid.UUID(int=high | 0x7 << 76 | rng.getrandbits(12) << 64 | 0b10 << 62 | rng.getrandbits(62))
