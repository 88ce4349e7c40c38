"""A database opens only with its own keys, and in its own mode."""

import shutil

import pytest

from fieldops.lib.clock import now
from fieldops.lib.keys import load_keyring
from fieldops.teams.actions import WrongInstallation, open_installation
from fieldops.teams.models import Installation
from tests.threads import at_once, raised


@pytest.fixture
def keys(settings, tmp_path):
    """A keys folder of this test's own; forget what was read before and after."""
    settings.DATA_KEYS_DIR = tmp_path / "keys"
    load_keyring.cache_clear()
    yield settings.DATA_KEYS_DIR
    load_keyring.cache_clear()


def opened():
    """Open it as a start does, with nothing remembered."""
    load_keyring.cache_clear()
    return open_installation(at=now())


class TestKeys:
    def test_the_first_start_makes_them(self, db, keys):
        found = opened()

        assert (keys / "index.key").exists()
        assert not found.demo

    def test_the_next_start_takes_them(self, db, keys):
        assert opened() == opened()
        assert Installation.objects.count() == 1

    def test_missing_ones_are_refused_and_not_made_anew(self, db, keys):
        opened()
        shutil.rmtree(keys)

        with pytest.raises(WrongInstallation, match="missing"):
            opened()
        assert not keys.exists()

    @pytest.mark.parametrize("name", ["data-0001.key", "index.key"])
    def test_another_is_refused(self, db, keys, name):
        opened()
        (keys / name).write_bytes(b"x" * 32)

        with pytest.raises(WrongInstallation, match="not those"):
            opened()

    def test_a_new_data_key_beside_the_old_is_taken(self, db, keys):
        opened()
        (keys / "data-0002.key").write_bytes(b"2" * 32)

        opened()


class TestDemo:
    def test_it_is_marked(self, db, keys, settings):
        settings.DEMO = True

        assert opened().demo

    @pytest.mark.parametrize(("made", "started"), [(True, False), (False, True)])
    def test_a_database_is_refused_in_the_other_mode(self, db, keys, settings, made, started):
        settings.DEMO = made
        opened()
        settings.DEMO = started

        with pytest.raises(WrongInstallation, match="demo"):
            opened()


@pytest.mark.django_db(transaction=True)
def test_several_processes_may_start_at_once(keys):
    results = at_once(*[opened] * 4)

    assert raised(results) == []
    assert Installation.objects.count() == 1
