"""The address of a server."""

import socket

import pytest

from core.errors import UserError
from core.serving.server import Address, listen


def test_answers_do_not_wait_for_the_client_to_confirm_their_head() -> None:
    with listen(Address(port=0)) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_cannot_be_had_is_a_users_mistake() -> None:
    with listen(Address(port=0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(UserError, match=f"cannot listen on http://127.0.0.1:{port}: .*; choose another --port"):
            listen(Address(port=port))


def test_an_address_as_a_client_writes_it() -> None:
    assert Address("::1", 80).url == "http://[::1]:80"
    assert Address("localhost", 80).is_local
    assert not Address("0.0.0.0", 80).is_local
