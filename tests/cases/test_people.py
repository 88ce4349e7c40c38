"""Whom an alert means: the same person is found again, another is not taken for him."""

import pytest

from fieldops.audit.models import AuditRow
from fieldops.cases.actions import close_case, find_or_add_person, merge_people, unmerge_person
from fieldops.cases.actions.people import Who
from fieldops.cases.models import Case, CaseEvent, Person
from fieldops.cases.queries import history_of
from fieldops.lib.clock import now
from fieldops.lib.errors import NotFound, WrongState
from fieldops.lib.sealed import open_row
from tests import make
from tests.contract import heard, one

PHONE, OTHER_PHONE = "13800009999", "13900009999"
ID, OTHER_ID = "500101199001011239", "500101199001011249"


def meet(town, *, center=None, **who):
    """Find or add whom an alert means."""
    return find_or_add_person(center_id=(center or town.center).pk, who=Who(**who), at=now())


class TestMatch:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ({"name": "王庆和", "id_number": ID}, {"name": "王庆禾", "id_number": ID, "phone": PHONE}),
            ({"id_number": "50010119900101123x"}, {"id_number": "50010119900101123X"}),
            ({"name": "王庆和", "phone": PHONE}, {"name": "王庆和", "phone": PHONE}),
            ({"name": "王庆和", "phone": PHONE}, {"name": "王 庆和", "phone": f"+86 {PHONE}"}),
            ({"name": "王庆和", "phone": PHONE}, {"phone": PHONE}),
            ({"phone": PHONE}, {"name": "王庆和", "phone": PHONE}),
            ({"name": "王庆和", "phone": PHONE}, {"name": "王庆和", "phone": PHONE, "id_number": ID}),
        ],
    )
    def test_it_is_the_same(self, town, first, second):
        assert meet(town, **first) == meet(town, **second)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ({"name": "王庆和", "phone": PHONE}, {"name": "王庆和", "phone": OTHER_PHONE}),
            (
                {"name": "王庆和", "phone": PHONE, "id_number": ID},
                {"name": "王庆和", "phone": PHONE, "id_number": OTHER_ID},
            ),
            ({"name": "王庆和", "phone": PHONE}, {"name": "李四", "phone": PHONE}),
            ({"name": "王庆和"}, {"name": "王庆和"}),
        ],
    )
    def test_it_is_another(self, town, first, second):
        assert meet(town, **first) != meet(town, **second)

    def test_the_same_phone_under_another_name_may_be_a_duplicate(self, town):
        first = meet(town, name="王庆和", phone=PHONE)
        second = meet(town, name="李四", phone=PHONE)

        assert second.possible_duplicate_of == first
        assert make.case(town, who=Who(name="李四", phone=PHONE)).person == second

    def test_two_centres_never_meet(self, town):
        assert meet(town, phone=PHONE) != meet(town, phone=PHONE, center=town.other)
        assert not Person.objects.exclude(possible_duplicate_of=None).exists()


class TestFillIn:
    def test_a_later_alert_adds_what_was_not_known(self, town):
        meet(town, phone=PHONE)

        person = meet(town, name="王庆和", phone=PHONE, id_number=ID, address="江东 1 号", school=town.school)

        held = open_row(Person.objects.get(pk=person.pk))
        assert (held["name"], held["id_number"], held["address"]) == ("王庆和", ID, "江东 1 号")
        assert (person.name_mask, person.id_mask) == ("王*", "500101********1239")
        assert (person.sex, person.birth_year, person.school) == ("male", 1990, town.school)

    def test_it_takes_nothing_away(self, town):
        meet(town, name="王庆和", phone=PHONE, id_number=ID, address="江东 1 号", school=town.school)

        person = meet(town, phone=PHONE)

        person = Person.objects.get(pk=person.pk)
        assert open_row(person)["address"] == "江东 1 号"
        assert (person.name_mask, person.sex, person.school) == ("王*", "male", town.school)

    def test_the_newest_alerts_phone_is_the_one_to_call(self, town):
        meet(town, name="王庆和", phone=PHONE, id_number=ID)

        person = meet(town, name="王庆和", phone=OTHER_PHONE, id_number=ID)

        assert open_row(person)["phone"] == OTHER_PHONE
        assert person.phone_mask == "139****9999"

    def test_the_phone_before_still_finds_him(self, town):
        person = meet(town, name="王庆和", phone=PHONE, id_number=ID)
        meet(town, name="王庆和", phone=OTHER_PHONE, id_number=ID)

        assert meet(town, name="王庆和", phone=PHONE) == person


class TestMerge:
    @pytest.fixture
    def two(self, town):
        """Two persons, the second a possible duplicate of the first, with a case."""
        first = make.case(town, who=Who(name="王庆和", phone=PHONE))
        close_case(case_id=first.pk, disposition="handled", by=town.by("duty"), at=now())
        return first, make.case(town, who=Who(name="王师傅", phone=PHONE))

    def merge(self, town, two):
        first, second = two
        return merge_people(
            keep_id=second.person_id, drop_id=first.person_id, by=town.by("supervisor"), at=now()
        )

    def test_it_makes_one_history(self, town, two, desk_feed):
        first, second = two
        assert history_of(second) == []

        with heard(desk_feed) as events:
            self.merge(town, two)

        body = one(events, "case.changed")["body"]
        assert body["person"]["possible_duplicate"] is False
        assert history_of(Case.objects.get(pk=second.pk)) == [first]
        assert CaseEvent.objects.get(code="merged").case == second
        assert AuditRow.objects.get(verb="person.merge").actor_id == town.supervisor.pk

    def test_it_is_harmless_when_repeated(self, town, two, desk_feed):
        self.merge(town, two)

        with heard(desk_feed) as events:
            self.merge(town, two)

        assert events == []

    def test_a_later_alert_on_either_joins_the_one_open_case(self, town, two):
        """A merged name must not send a second car."""
        self.merge(town, two)

        again = make.case(town, who=Who(name="王庆和", phone=PHONE))

        assert again == two[1]
        assert Case.objects.filter(closed_at=None).count() == 1

    def test_an_open_case_of_the_dropped_is_joined_too(self, town):
        kept = meet(town, name="王庆和", phone=PHONE)
        open_case = make.case(town, who=Who(name="王师傅", phone=PHONE))
        merge_people(keep_id=kept.pk, drop_id=open_case.person_id, by=town.by("supervisor"), at=now())

        assert make.case(town, who=Who(name="王庆和", phone=PHONE)) == open_case

    def test_both_open_is_refused(self, api, town):
        one_, other = (make.case(town, who=Who(name=name, phone=PHONE)) for name in ("王庆和", "王师傅"))

        response = api(town.supervisor).post(f"cases/{one_.pk}/merge", {"drop": str(other.person_id)})

        assert (response.status_code, response.json()["code"]) == (409, "both_open")

    def test_a_chain_is_refused(self, town):
        a, b, c = (meet(town, name=name, phone=PHONE) for name in ("甲", "乙", "丙"))
        by = town.by("supervisor")
        merge_people(keep_id=a.pk, drop_id=b.pk, by=by, at=now())

        for keep, drop in ((c, a), (c, b), (b, c)):
            with pytest.raises(WrongState) as refused:
                merge_people(keep_id=keep.pk, drop_id=drop.pk, by=by, at=now())
            assert refused.value.code == "already_merged"
        merge_people(keep_id=a.pk, drop_id=c.pk, by=by, at=now())

    def test_another_centres_person_is_not_there(self, api, town, two):
        theirs = meet(town, phone=PHONE, center=town.other)
        path = f"cases/{two[1].pk}"

        assert api(town.supervisor).post(f"{path}/merge", {"drop": str(theirs.pk)}).status_code == 404
        assert api(town.supervisor).post(f"{path}/unmerge", {"person": str(theirs.pk)}).status_code == 404
        with pytest.raises(NotFound):
            unmerge_person(person_id=make.new_id(), by=town.by("supervisor"), at=now())

    def test_it_is_taken_back(self, api, town, two, desk_feed):
        first, second = two
        self.merge(town, two)

        with heard(desk_feed) as events:
            response = api(town.supervisor).post(
                f"cases/{second.pk}/unmerge", {"person": str(first.person_id)}
            )

        assert response.status_code == 200
        assert one(events, "case.changed")["line"]["code"] == "unmerged"
        assert history_of(Case.objects.get(pk=second.pk)) == []

    def test_taking_back_again_is_harmless(self, town, two, desk_feed):
        with heard(desk_feed) as events:
            unmerge_person(person_id=two[0].person_id, by=town.by("supervisor"), at=now())

        assert events == []
        assert not AuditRow.objects.filter(verb="person.unmerge").exists()
