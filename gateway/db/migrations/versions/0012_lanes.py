"""lanes of texts, and the carrier that was asked to send each"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'


def upgrade() -> None:
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lane', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('carrier', sa.String(length=20), nullable=True))
        batch_op.drop_index('ix_messages_due')
        batch_op.create_index('ix_messages_due', ['status', 'lane', 'due_at'])


def downgrade() -> None:
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_index('ix_messages_due')
        batch_op.create_index('ix_messages_due', ['status', 'due_at'])
        batch_op.drop_column('carrier')
        batch_op.drop_column('lane')
