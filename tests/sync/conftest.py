"""A phone for the tests of this folder: a device, and the calls it makes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from fieldops.teams.models import Device, User
from tests import make


@dataclass
class Phone:
    """One member's phone on the API."""

    user: User
    device: Device
    client: Client

    @property
    def ids(self) -> dict[str, str]:
        return {"device_id": str(self.device.pk), "epoch": str(self.device.epoch)}

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1/sync/{path}", body, content_type="application/json")

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/sync/{path}", query)

    def send(self, *commands: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """Post commands and return their results."""
        answer = self.batch([make.sent(command) for command in commands], **more)
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    def batch(self, sent: list[dict[str, str]], **more: Any) -> Any:
        return self.post("commands", **self.ids, commands=sent, **more)


def phone_of(user: User) -> Phone:
    """Sign the member's phone in."""
    client = Client()
    client.force_login(user, backend=make.BACKEND)
    device = Device.objects.filter(user=user).first() or make.device(user)
    return Phone(user, device, client)


@pytest.fixture
def phone(town: make.Town) -> Phone:
    """alpha1's phone."""
    return phone_of(town.alpha1)


@pytest.fixture
def phones() -> Callable[[User], Phone]:
    return phone_of
