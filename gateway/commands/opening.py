"""How a command opens the service's parts, and says what is wrong when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from config.settings import SettingsError, load_settings
from gateway import embedded
from gateway.container import Container
from gateway.domain.errors import GatewayError
from ivr_flows.source import BrokenDefinition
from sms.loader import CatalogueError


@contextmanager
def container() -> Iterator[Container]:
    """Yield the parts for this environment, with an embedded Valkey where no other is named."""
    try:
        settings = load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    try:
        if settings.redis_url:
            yield Container(settings)
            return
        with embedded.valkey(settings.data_dir) as url:
            yield Container(settings.model_copy(update={"redis_url": url}))
    except (GatewayError, BrokenDefinition, CatalogueError) as error:
        raise click.ClickException(str(error)) from error
