"""shifts: the hours of the rota, and the next beginning and end of each doctor's"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'


def upgrade() -> None:
    op.create_table('shifts',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('doctor_id', sa.String(length=32), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('begins_min', sa.Integer(), nullable=False),
    sa.Column('ends_min', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['doctor_id'], ['doctors.id'], name=op.f('fk_shifts_doctor_id_doctors')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shifts')),
    sa.UniqueConstraint('doctor_id', 'weekday', 'begins_min', name=op.f('uq_shifts_doctor_id'))
    )
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.add_column(sa.Column('comes_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('goes_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.drop_column('goes_at')
        batch_op.drop_column('comes_at')
    op.drop_table('shifts')
