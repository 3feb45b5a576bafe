"""reminders come by call or by text, and a text may be worth nothing after a time"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'


def upgrade() -> None:
    with op.batch_alter_table('aftercare', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('by', sa.String(length=20), server_default='call', nullable=False)
        )
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Who waits for a text's answer is asked no more; reminders by text become calls."""
    op.execute("UPDATE aftercare SET status = 'over' WHERE status = 'asked'")
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_column('expires_at')
    with op.batch_alter_table('aftercare', schema=None) as batch_op:
        batch_op.drop_column('by')
