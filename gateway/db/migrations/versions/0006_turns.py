"""turns: the order of the waiting room as a column with its index"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'

# The head starts of config/waiting_room.yaml, version 1, for tickets that are open now.
HEAD_START_MINUTES = {'red': 1440, 'urgent': 45, 'routine': 0}


def upgrade() -> None:
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.add_column(sa.Column('specialities', sa.JSON(), server_default='["general"]', nullable=False))

    with op.batch_alter_table('offers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reasons', sa.JSON(), nullable=True))
        batch_op.create_index('ix_offers_doctor', ['doctor_id', 'ended_at'], unique=False)
        batch_op.create_index('ix_offers_ended', ['ended_at'], unique=False)

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('speciality', sa.String(length=20), server_default='general', nullable=False))
        batch_op.add_column(sa.Column('usual_doctor_id', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('turn_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index('ix_tickets_order')

    # As the model writes them: SQLite keeps times as text, PostgreSQL knows intervals.
    on_sqlite = op.get_bind().dialect.name == 'sqlite'
    for urgency, minutes in HEAD_START_MINUTES.items():
        earlier = (
            f"strftime('%Y-%m-%d %H:%M:%S.000000', joined_at, '-{minutes} minutes')"
            if on_sqlite
            else f"joined_at - interval '{minutes} minutes'"
        )
        op.execute(f"UPDATE tickets SET turn_at = {earlier} WHERE urgency = '{urgency}'")
    op.execute('UPDATE tickets SET turn_at = joined_at WHERE turn_at IS NULL')

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.alter_column('turn_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_index('ix_tickets_turn', ['status', 'language', 'speciality', 'turn_at', 'id'], unique=False)
        batch_op.create_index('ix_tickets_usual_doctor', ['usual_doctor_id', 'status', 'turn_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_index('ix_tickets_usual_doctor')
        batch_op.drop_index('ix_tickets_turn')
        batch_op.drop_column('turn_at')
        batch_op.drop_column('usual_doctor_id')
        batch_op.drop_column('speciality')
        batch_op.create_index('ix_tickets_order', ['status', 'presence', 'urgency_rank', 'joined_at'], unique=False)

    with op.batch_alter_table('offers', schema=None) as batch_op:
        batch_op.drop_index('ix_offers_ended')
        batch_op.drop_index('ix_offers_doctor')
        batch_op.drop_column('reasons')

    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.drop_column('specialities')
