"""A part that keeps dying is started ever later; what a killed worker had taken is dropped."""

import time

import redis
from django.conf import settings

from config.parts import GIVES_UP_AFTER, LONGEST_PAUSE, Part
from config.processes import wait_until
from config.supervisor import forget_unacknowledged


def test_a_part_that_dies_at_once_is_given_up() -> None:
    part, clock = Part("probe", ["this"], {}), 0.0
    part.start(clock)
    for _ in range(GIVES_UP_AFTER):
        assert not part.gives_up
        assert wait_until(part.has_died, 10)
        part.restart(clock)
        assert part.has_died()
        clock += LONGEST_PAUSE
        part.restart(clock)
    part.stop(time.monotonic() + 10)
    assert part.gives_up


def test_messages_of_a_killed_worker_are_dropped_and_no_others() -> None:
    url = settings.CELERY_BROKER_URL.removesuffix("/0")
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    client.hset("unacked", "tag", "message")
    client.zadd("unacked_index", {"tag": 1})
    client.lpush("waiting", "message")
    forget_unacknowledged(url)
    assert client.exists("unacked", "unacked_index") == 0
    assert client.llen("waiting") == 1
    client.delete("waiting")
    client.close()
