"""What the phones of a programme see: its county, and for a prefecture's or the province's all that lie below it."""

from core import scope
from unions.models import AdministrativeDivision


def reach(county: int) -> None:
    """Open the current transaction to where the workers of the county's programmes are registered."""
    scope.set_counties(AdministrativeDivision.objects.codes_within(county))
