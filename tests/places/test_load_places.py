"""Loading places: once, again, changed, refused."""

import dataclasses
import json

import pytest
from django.core.management import CommandError, call_command

from fieldops.audit.models import AuditRow
from fieldops.lib.errors import Invalid
from fieldops.places.actions import load_places
from fieldops.places.geojson import FULING, fuling, read_features
from fieldops.places.models import Contact, Place

from .conftest import AT


def collection(*features) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def bank(**properties):
    return {
        "type": "Feature",
        "properties": {"kind": "bank_branch", "code": "BK-90", "name": "江城银行", **properties},
        "geometry": {"type": "Point", "coordinates": [107.39, 29.7]},
    }


def test_the_invented_fuling_is_whole():
    kinds = [feature.kind for feature in fuling()]

    assert kinds.count("school") == 9
    assert kinds.count("station") == 12
    assert kinds.count("bank_branch") == 15
    assert all(feature.contacts for feature in fuling() if feature.kind != "district")
    numbers = [contact["phone"] for feature in fuling() for contact in feature.contacts]
    assert all(number.startswith("023-0000-") for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_it_works_and_a_second_time_changes_nothing(center):
    assert load_places(center=center, data=fuling(), at=AT) > 48
    assert load_places(center=center, data=fuling(), at=AT) == 0

    assert Place.objects.filter(center=center).count() == 48
    assert Place.objects.get(name="渝江银行滨江支行").parent.name == "城中派出所"
    assert AuditRow.objects.filter(verb="places.loaded").count() == 1


def test_a_changed_row_keeps_its_identity(furnished):
    before = Place.objects.get(code="BK-01")
    data = [dataclasses.replace(f, name="渝江银行滨江分理处") if f.code == "BK-01" else f for f in fuling()]

    assert load_places(center=furnished, data=data, at=AT) == 1

    after = Place.objects.get(code="BK-01")
    assert (after.pk, after.version) == (before.pk, before.version + 1)


def test_a_contact_no_longer_listed_is_gone(furnished):
    data = [dataclasses.replace(f, contacts=f.contacts[:1]) if f.code == "BK-01" else f for f in fuling()]

    load_places(center=furnished, data=data, at=AT)

    assert Contact.objects.filter(place__code="BK-01").count() == 1


def test_an_unknown_parent_writes_nothing(center):
    data = [*fuling(), *read_features(collection(bank(parent="station:ST-77")))]

    with pytest.raises(Invalid):
        load_places(center=center, data=data, at=AT)

    assert not Place.objects.exists()


def test_every_bad_feature_is_named():
    text = collection(
        bank(),
        bank(kind="castle"),
        bank(name=""),
        {**bank(), "geometry": {"type": "Point", "coordinates": [29.7, 107.39]}},
        bank(contacts=[{"role": "lobby_manager", "phone": ""}]),
        bank(contacts=[{"role": "lobby_manager", "phone": "023-0000-0001", "hours": "always"}]),
        "no feature",
    )

    with pytest.raises(Invalid) as refusal:
        read_features(text)

    assert sorted(refusal.value.extra["errors"]) == ["2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"features": 3}', '{"features": [NaN]}', "[" * 100_000])
def test_what_is_no_collection_is_refused(text):
    with pytest.raises(Invalid):
        read_features(text)


def test_an_operator_loads_a_file(center, tmp_path, capsys):
    call_command("loadplaces", str(FULING), "--center", center.code)

    assert "changed" in capsys.readouterr().out
    assert Place.objects.filter(center=center).count() == 48

    bad = tmp_path / "bad.json"
    bad.write_text(collection(bank(kind="castle")))
    with pytest.raises(CommandError, match="1: "):
        call_command("loadplaces", str(bad), "--center", center.code)
