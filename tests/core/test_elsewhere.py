"""Values of other counties: known to be taken, and the scope is what it was."""

import pytest
from django.db import connection

from core import scope
from core.elsewhere import held_out_of_sight
from members.models import Person
from tests.world import World


def _hashes(world: World, name: str) -> set[bytes]:
    with scope.applied(world.account(name)):
        return {bytes(found) for found in Person.objects.values_list("id_hash", flat=True)}


def _counties() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.counties', true)")
        return str(cursor.fetchone()[0])


def test_only_what_others_hold_is_taken(world: World) -> None:
    own, others = _hashes(world, "632322.clerk"), _hashes(world, "632323.clerk")
    clerk = world.account("632322.clerk")
    with scope.applied(clerk):
        assert own and others
        assert held_out_of_sight(Person, "id_hash", own | others | {bytes(32)}, clerk) == others
        assert held_out_of_sight(Person, "id_hash", set(), clerk) == set()
        assert _counties() == "632322"


def test_the_scope_is_closed_again_when_the_question_fails(world: World) -> None:
    clerk = world.account("632322.clerk")
    with scope.applied(clerk):
        with pytest.raises(Exception, match="no_such_column"):
            held_out_of_sight(Person, "no_such_column", {"x"}, clerk)
        assert _counties() == "632322"
