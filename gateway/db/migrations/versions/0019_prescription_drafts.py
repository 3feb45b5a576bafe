"""drafts of prescriptions, texted or keyed; regimens have numbers"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'


def upgrade() -> None:
    # What waited for a yes by text is at most a day old, and written in another way.
    op.execute(sa.text('DELETE FROM texted_prescriptions'))
    op.drop_index('ix_texted_prescriptions_doctor_id', 'texted_prescriptions')
    op.rename_table('texted_prescriptions', 'prescription_drafts')
    with op.batch_alter_table('prescription_drafts', schema=None) as batch_op:
        batch_op.alter_column('created_at', new_column_name='changed_at')
        batch_op.create_index('ix_prescription_drafts_doctor_id', ['doctor_id'])
    with op.batch_alter_table('regimens', schema=None) as batch_op:
        batch_op.add_column(sa.Column('number', sa.Integer(), nullable=True))
    _number_regimens()
    with op.batch_alter_table('regimens', schema=None) as batch_op:
        batch_op.alter_column('number', existing_type=sa.Integer(), nullable=False)
        batch_op.create_unique_constraint('uq_regimens_doctor_id_number', ['doctor_id', 'number'])


def downgrade() -> None:
    with op.batch_alter_table('regimens', schema=None) as batch_op:
        batch_op.drop_constraint('uq_regimens_doctor_id_number', type_='unique')
        batch_op.drop_column('number')
    op.execute(sa.text('DELETE FROM prescription_drafts'))
    op.drop_index('ix_prescription_drafts_doctor_id', 'prescription_drafts')
    op.rename_table('prescription_drafts', 'texted_prescriptions')
    with op.batch_alter_table('texted_prescriptions', schema=None) as batch_op:
        batch_op.alter_column('changed_at', new_column_name='created_at')
        batch_op.create_index('ix_texted_prescriptions_doctor_id', ['doctor_id'])


def _number_regimens() -> None:
    """Give each doctor's sets the numbers from 11 on, in the order of their names."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text('SELECT id, doctor_id FROM regimens ORDER BY doctor_id, name')
    ).all()
    given: dict[str, int] = {}
    for regimen_id, doctor_id in rows:
        given[doctor_id] = given.get(doctor_id, 10) + 1
        connection.execute(
            sa.text('UPDATE regimens SET number = :number WHERE id = :id'),
            {'number': given[doctor_id], 'id': regimen_id},
        )
