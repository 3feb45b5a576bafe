"""a prescription may be read by a call, beside its reminders"""

from alembic import op

revision = '0018'
down_revision = '0017'

_NAME = 'uq_aftercare_prescription_id'


def upgrade() -> None:
    with op.batch_alter_table('aftercare', schema=None) as batch_op:
        batch_op.drop_constraint(_NAME, type_='unique')
        batch_op.create_unique_constraint(_NAME, ['prescription_id', 'kind'])


def downgrade() -> None:
    # The calls that were placed for them go too: of a kind that is no more nothing can be asked.
    op.execute(
        "UPDATE outbound_calls SET aftercare_id = NULL, status = 'failed' WHERE aftercare_id IN "
        "(SELECT id FROM aftercare WHERE kind = 'reading')"
    )
    op.execute("DELETE FROM aftercare WHERE kind = 'reading'")
    with op.batch_alter_table('aftercare', schema=None) as batch_op:
        batch_op.drop_constraint(_NAME, type_='unique')
        batch_op.create_unique_constraint(_NAME, ['prescription_id'])
