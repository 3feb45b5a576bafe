"""regimens: medicines that a doctor keeps under a name"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    op.create_table('regimens',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('doctor_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('medicines', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['doctor_id'], ['doctors.id'], name=op.f('fk_regimens_doctor_id_doctors')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_regimens')),
    sa.UniqueConstraint('doctor_id', 'name', name=op.f('uq_regimens_doctor_id'))
    )


def downgrade() -> None:
    op.drop_table('regimens')
