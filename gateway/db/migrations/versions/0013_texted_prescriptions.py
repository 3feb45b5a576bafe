"""prescriptions that a doctor texts and has not confirmed yet"""

import sqlalchemy as sa
from alembic import op

from gateway.db.models.base import UtcDateTime

revision = '0013'
down_revision = '0012'


def upgrade() -> None:
    op.create_table(
        'texted_prescriptions',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('doctor_id', sa.String(length=32), nullable=False),
        sa.Column('consultation_id', sa.String(length=32), nullable=False),
        sa.Column('told', sa.LargeBinary(), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['consultation_id'], ['consultations.id']),
        sa.ForeignKeyConstraint(['doctor_id'], ['doctors.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(
        op.f('ix_texted_prescriptions_doctor_id'), 'texted_prescriptions', ['doctor_id']
    )


def downgrade() -> None:
    op.drop_table('texted_prescriptions')
