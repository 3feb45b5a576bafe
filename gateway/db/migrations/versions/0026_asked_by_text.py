"""a question that a text asked is told from one by a call, since the first leads to one call"""

from alembic import op

revision = '0026'
down_revision = '0025'


def upgrade() -> None:
    op.execute("UPDATE aftercare SET by = 'text' WHERE status = 'asked'")


def downgrade() -> None:
    """What a text has asked is of its status alone again."""
    op.execute("UPDATE aftercare SET by = 'call' WHERE kind = 'follow_up'")
