"""What a package offers to the router: an address and the view set behind it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Endpoint:
    """`/api/v1/<slug>/` answered by `viewset`."""

    slug: str
    viewset: type[Any]
