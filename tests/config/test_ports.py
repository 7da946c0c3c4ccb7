"""Ports that the portal chooses for its own servers."""

import socket
import sys
from pathlib import Path

import pytest

from config import processes
from config.processes import LOOPBACK, free_port


@pytest.mark.skipif(sys.platform != "linux", reason="where the kernel says which ports it lends")
def test_a_server_gets_no_port_that_the_kernel_lends_to_clients() -> None:
    """Otherwise a client may hold the port of a server that is being started again."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(free_port() < first for _ in range(50))


def test_a_port_that_is_held_or_spoken_for_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as holder:
        held = free_port()
        holder.bind((LOOPBACK, held))
        holder.listen()
        monkeypatch.setattr(processes, "SERVER_PORTS", range(held, held + 3))
        spoken_for = held + 1
        assert {free_port(spoken_for) for _ in range(20)} == {held + 2}
