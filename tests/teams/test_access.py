"""Which rows a person may reach: the centre's for the desk, the own crew's for a member, else none."""

import pytest
from django.apps import apps

from fieldops.audit.models import AuditRow
from fieldops.cases.models import CallAttempt, Case, CaseEvent, Person, Whereabouts
from fieldops.dispatch.models import Assignment
from fieldops.lib.errors import Forbidden, NotFound
from fieldops.teams.access import MAY, NoScope, Scope, may, reach, require, visible
from fieldops.teams.models import Post, Role, Shift, User
from tests import make

ON_A_CASE = [Case, CallAttempt, CaseEvent, Person, Whereabouts]


@pytest.fixture
def taken(town):
    """A case whose crew is Alpha; and another that is nobody's."""
    make.case(town)
    return make.accepted(town)


class TestVisible:
    def test_a_model_that_does_not_say_raises(self, town):
        with pytest.raises(NoScope):
            visible(AuditRow.objects.all(), town.duty)

    @pytest.mark.parametrize("role", ["duty", "duty2", "supervisor"])
    def test_the_desk_sees_its_centres_cases(self, town, taken, role):
        assert visible(Case.objects.all(), town.users[role]).count() == 2

    @pytest.mark.parametrize("name", ["alpha1", "alpha2"])
    def test_a_member_sees_his_own_crews(self, town, taken, name):
        assert list(visible(Case.objects.all(), town.users[name])) == [taken.case]

    @pytest.mark.parametrize("name", ["bravo1", "analyst", "auditor", "stranger", "intruder"])
    def test_others_see_none(self, town, taken, name):
        for model in (*ON_A_CASE, Assignment):
            assert model.objects.exists()
            assert not visible(model.objects.all(), town.users[name]).exists(), model

    def test_what_hangs_on_the_case_goes_with_it(self, town, taken):
        for model in ON_A_CASE:
            assert visible(model.objects.all(), town.alpha1).exists(), model

    def test_a_member_reaches_each_row_once(self, town, taken):
        rows = list(visible(Assignment.objects.all(), town.alpha1))

        assert rows == [taken]

    def test_somebody_without_a_post_sees_none(self, town, taken):
        assert not visible(Case.objects.all(), make.user(None, "nobody")).exists()

    def test_a_disabled_user_sees_none(self, town, taken):
        town.duty.is_active = False

        assert not visible(Case.objects.all(), town.duty).exists()

    def test_a_member_who_was_moved_to_another_centre_sees_none(self, town, taken):
        Post.objects.filter(user=town.alpha1).update(center=town.other)

        assert not visible(Case.objects.all(), User.objects.get(pk=town.alpha1.pk)).exists()

    def test_numbers_name_their_own_roles(self, town, taken):
        assert visible(Shift.objects.all(), town.analyst, roles={"analyst"}).count() == 2

    def test_every_scope_names_paths_that_exist(self):
        for model in apps.get_models():
            scope = getattr(model, "scope", None)
            if isinstance(scope, Scope):
                model.objects.filter(**{scope.center: None})
                if scope.member:
                    model.objects.filter(**{scope.member: None})


class TestReach:
    def test_it_returns_the_row(self, town, taken):
        assert reach(Case.objects.all(), town.duty, taken.case_id) == taken.case

    def test_out_of_reach_is_like_not_there(self, town, taken):
        with pytest.raises(NotFound) as theirs:
            reach(Case.objects.all(), town.stranger, taken.case_id)
        with pytest.raises(NotFound) as nobodys:
            reach(Case.objects.all(), town.stranger, make.new_id())
        assert theirs.value.body() == nobodys.value.body()


class TestMay:
    # design.md §5, row by row.
    @pytest.mark.parametrize(
        ("capability", "roles"),
        [
            ("cases.see", "duty supervisor"),
            ("cases.work", "duty supervisor"),
            ("dispatch.offer", "duty supervisor"),
            ("dispatch.recall", "supervisor"),
            ("triage.override", "supervisor"),
            ("outcomes.decide", "supervisor"),
            ("roster.edit", "supervisor"),
            ("audit.see", "auditor"),
            ("phone", "member"),
        ],
    )
    def test_the_table(self, capability, roles):
        assert MAY[capability] == set(roles.split())

    def test_it_names_only_roles_there_are(self):
        assert set().union(*MAY.values()) <= set(Role.values)

    def test_require_refuses_the_wrong_role(self, town):
        require(town.supervisor, "triage.override")
        with pytest.raises(Forbidden) as refused:
            require(town.duty, "triage.override")
        assert refused.value.body()["capability"] == "triage.override"

    def test_somebody_without_a_post_may_nothing(self, town):
        nobody = make.user(None, "nobody")

        assert not any(may(nobody, capability) for capability in MAY)
