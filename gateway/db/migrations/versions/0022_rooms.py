"""a talk of three: the patient joins from another telephone"""

import sqlalchemy as sa
from alembic import op

from gateway.db.models.base import UtcDateTime

revision = '0022'
down_revision = '0021'


def upgrade() -> None:
    with op.batch_alter_table('presentations', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('patient_apart', sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table('offers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('room', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('room_at', UtcDateTime(), nullable=True))
    with op.batch_alter_table('outbound_calls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('joins_offer_id', sa.String(length=32), nullable=True))
        batch_op.create_foreign_key(
            'fk_outbound_calls_joins_offer_id_offers', 'offers', ['joins_offer_id'], ['id']
        )


def downgrade() -> None:
    with op.batch_alter_table('outbound_calls', schema=None) as batch_op:
        batch_op.drop_constraint('fk_outbound_calls_joins_offer_id_offers', type_='foreignkey')
        batch_op.drop_column('joins_offer_id')
    with op.batch_alter_table('offers', schema=None) as batch_op:
        batch_op.drop_column('room_at')
        batch_op.drop_column('room')
    with op.batch_alter_table('presentations', schema=None) as batch_op:
        batch_op.drop_column('patient_apart')
