"""On which database a module's tests run, where one is enough: `pytestmark = ON_SQLITE`."""

from __future__ import annotations

from typing import Final

import pytest

ON_SQLITE: Final = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL: Final = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
