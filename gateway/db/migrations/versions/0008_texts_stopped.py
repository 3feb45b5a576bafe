"""callers: no more texts, as she texted us"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    with op.batch_alter_table('callers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('texts_stopped_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('callers', schema=None) as batch_op:
        batch_op.drop_column('texts_stopped_at')
