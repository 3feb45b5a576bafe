"""how much of a sender's or an account's rate is spent"""

import sqlalchemy as sa
from alembic import op

from gateway.db.models.base import UtcDateTime

revision = '0015'
down_revision = '0014'


def upgrade() -> None:
    op.create_table(
        'buckets',
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('paid_until', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('name'),
    )


def downgrade() -> None:
    op.drop_table('buckets')
