"""What a deployment is warned of before it starts."""

from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register

NO_PROXY = Warning(
    "没有设置 PORTAL_TRUSTED_PROXIES：前面有反向代理时，登录限速会把所有人当作同一个地址。",
    hint="写明门户前面有几层自己的代理，一般是 1；确实没有代理的，设为 0 即可消除这条提醒。",
    id="portal.W001",
)


@register(Tags.security, deploy=True)
def trusted_proxies(app_configs: Any, **options: Any) -> list[Warning]:
    """Every address would be the proxy's, and one guesser would slow down the whole province."""
    return [] if settings.TRUSTED_PROXIES_SET else [NO_PROXY]
