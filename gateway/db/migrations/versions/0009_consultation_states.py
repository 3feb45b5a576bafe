"""consultation states, and breaks that end by themselves"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    op.execute("UPDATE consultations SET outcome = 'open' WHERE outcome IS NULL")
    with op.batch_alter_table('consultations', schema=None) as batch_op:
        batch_op.drop_index('ix_consultations_ended')
        batch_op.alter_column('outcome', new_column_name='status', existing_type=sa.String(length=20), nullable=False)
    with op.batch_alter_table('consultations', schema=None) as batch_op:
        batch_op.create_index('ix_consultations_ended', ['status', 'ended_at'], unique=False)

    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.alter_column('wrap_up_until', new_column_name='resumes_at', existing_type=sa.DateTime(timezone=True))


def downgrade() -> None:
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.alter_column('resumes_at', new_column_name='wrap_up_until', existing_type=sa.DateTime(timezone=True))

    with op.batch_alter_table('consultations', schema=None) as batch_op:
        batch_op.drop_index('ix_consultations_ended')
        batch_op.alter_column('status', new_column_name='outcome', existing_type=sa.String(length=20), nullable=True)
    op.execute("UPDATE consultations SET outcome = NULL WHERE outcome = 'open'")
    with op.batch_alter_table('consultations', schema=None) as batch_op:
        batch_op.create_index('ix_consultations_ended', ['outcome', 'ended_at'], unique=False)
