"""the calls whose end was not told yet are found by an index"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'

_OPEN = sa.text('ended_at IS NULL')


def upgrade() -> None:
    op.create_index(
        'ix_calls_open', 'calls', ['started_at'], sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def downgrade() -> None:
    op.drop_index('ix_calls_open', table_name='calls')
