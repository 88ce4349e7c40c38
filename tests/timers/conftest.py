"""The recorder's handlers in the place of the house's."""

import pytest

from tests.timers import recorder


@pytest.fixture(autouse=True)
def recorder_handlers(settings):
    settings.TIMER_HANDLERS = {**settings.TIMER_HANDLERS, **recorder.TABLE}
    recorder.inside.clear()
    recorder.go_on.clear()
