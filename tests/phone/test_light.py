"""By day light, dark once the sun is down at the centre, unless the member says otherwise."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from .phones import Handset, Town

pytestmark = pytest.mark.browser
MOVE = """
import json
from fieldops.teams.models import Center
home = Center.objects.get(code='fuling')
before = [home.lng, home.lat]
home.lng, home.lat = LNG, LAT
home.save(update_fields=['lng', 'lat'])
print(json.dumps(before))
"""


@pytest.fixture
def at_hour(town: Town) -> Iterator[Callable[[int], None]]:
    """Put the centre on the equator where the sun says this hour; back again afterwards."""
    places: list[list[float]] = []

    def move(lng: float, lat: float) -> None:
        places.append(town.python(MOVE.replace("LNG", str(lng)).replace("LAT", str(lat))))

    def there(hour: int) -> None:
        now = dt.datetime.now(dt.UTC)
        move(((hour - now.hour - now.minute / 60) * 15 + 180) % 360 - 180, 0)

    yield there
    move(*places[0])


def test_it_darkens_with_the_sun_at_the_centre(
    town: Town, handset: Callable[..., Handset], at_hour: Callable[[int], None]
) -> None:
    phone = handset("gone2", color_scheme="light")
    at_hour(12)
    phone.open()
    phone.sign_in()
    wears(phone, "light")

    at_hour(0)
    phone.open()
    wears(phone, "dark")
    phone.tap("strip-unconfirmed")
    phone.tap("tab-device")
    phone.tap("choice-theme-light")
    wears(phone, "light")
    phone.tap("choice-theme-auto")
    wears(phone, "dark")


def wears(phone: Handset, theme: str) -> None:
    phone.page.wait_for_selector(f"html[data-theme={theme}]", state="attached")
