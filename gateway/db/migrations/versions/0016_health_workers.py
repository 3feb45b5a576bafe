"""health workers, and the patients whom they present"""

import sqlalchemy as sa
from alembic import op

from gateway.db.models.base import UtcDateTime

revision = '0016'
down_revision = '0015'


def upgrade() -> None:
    op.create_table(
        'health_workers',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('name', sa.LargeBinary(), nullable=False),
        sa.Column('centre', sa.String(length=200), nullable=False),
        sa.Column('phone_e164', sa.LargeBinary(), nullable=False),
        sa.Column('phone_hash', sa.String(length=64), nullable=False),
        sa.Column('pin_hash', sa.String(length=64), nullable=True),
        sa.Column('language', sa.String(length=12), nullable=False),
        sa.Column('treating_name', sa.LargeBinary(), nullable=False),
        sa.Column('treating_registration', sa.String(length=40), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('phone_hash'),
    )
    op.create_table(
        'presentations',
        sa.Column('ticket_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('health_worker_id', sa.String(length=32), nullable=False),
        sa.Column('document', sa.LargeBinary(), nullable=False),
        sa.Column('consented_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['health_worker_id'], ['health_workers.id']),
        sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id']),
        sa.PrimaryKeyConstraint('ticket_id'),
    )
    op.create_index(
        op.f('ix_presentations_health_worker_id'), 'presentations', ['health_worker_id']
    )
    with op.batch_alter_table('patients', schema=None) as batch_op:
        batch_op.add_column(sa.Column('health_worker_id', sa.String(length=32), nullable=True))
        batch_op.create_foreign_key(
            'fk_patients_health_worker_id_health_workers',
            'health_workers',
            ['health_worker_id'],
            ['id'],
        )
        batch_op.create_index(op.f('ix_patients_health_worker_id'), ['health_worker_id'])


def downgrade() -> None:
    with op.batch_alter_table('patients', schema=None) as batch_op:
        batch_op.drop_index(op.f('ix_patients_health_worker_id'))
        batch_op.drop_constraint(
            'fk_patients_health_worker_id_health_workers', type_='foreignkey'
        )
        batch_op.drop_column('health_worker_id')
    op.drop_table('presentations')
    op.drop_table('health_workers')
