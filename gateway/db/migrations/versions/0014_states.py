"""the state that a ticket belongs to, in the order of the waiting room"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'

TURN = ['status', 'language', 'speciality', 'state', 'turn_at', 'id']


def upgrade() -> None:
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state', sa.String(length=4), server_default='', nullable=False))
        batch_op.create_index('ix_tickets_turn_state', TURN, unique=False)


def downgrade() -> None:
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_index('ix_tickets_turn_state')
        batch_op.drop_column('state')
