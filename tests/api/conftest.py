"""Programs as they come in: by session or by token."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.world import PASSWORD, World
from unions.actions import create_token

SignIn = Callable[[str], APIClient]


@pytest.fixture
def as_account(world: World) -> SignIn:
    """A client that is signed in as the account of that name."""

    def sign_in(name: str) -> APIClient:
        client = APIClient()
        assert client.login(username=name, password=PASSWORD)
        return client

    return sign_in


@pytest.fixture
def by_token(world: World) -> SignIn:
    """A client with a new token of the account of that name and no session."""

    def issue(name: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {create_token(by=world.account(name))}")
        return client

    return issue


@pytest.fixture
def clerk(as_account: SignIn) -> APIClient:
    return as_account("632322.clerk")
