"""a doctor's PIN for her telephone"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'


def upgrade() -> None:
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pin_hash', sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.drop_column('pin_hash')
