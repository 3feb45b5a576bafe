"""pregnancy with the day it was told; allergies and long-term medicines kept with the patient"""

import sqlalchemy as sa
from alembic import op

from gateway.db.models.base import UtcDateTime

revision = '0020'
down_revision = '0019'


def upgrade() -> None:
    with op.batch_alter_table('patients', schema=None) as batch_op:
        batch_op.alter_column('pregnant', existing_type=sa.Boolean(), nullable=True)
        batch_op.add_column(sa.Column('pregnant_told_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('allergies', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('long_term_medicines', sa.LargeBinary(), nullable=True))
    # It was asked once, of women, when they were registered.
    told, not_asked = "sex = 'female'", "sex <> 'female'"
    op.execute(f'UPDATE patients SET pregnant_told_at = created_at WHERE {told}')
    op.execute(f'UPDATE patients SET pregnant = NULL WHERE {not_asked}')


def downgrade() -> None:
    op.execute('UPDATE patients SET pregnant = false WHERE pregnant IS NULL')
    with op.batch_alter_table('patients', schema=None) as batch_op:
        batch_op.alter_column('pregnant', existing_type=sa.Boolean(), nullable=False)
        batch_op.drop_column('long_term_medicines')
        batch_op.drop_column('allergies')
        batch_op.drop_column('pregnant_told_at')
