"""prescriptions: addresses on the document, taken back and replaced, dispensed"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address', sa.String(length=200), server_default='', nullable=False))

    with op.batch_alter_table('patients', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address', sa.LargeBinary(), nullable=True))

    with op.batch_alter_table('prescriptions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('replaces_id', sa.String(length=32), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_prescriptions_replaces_id_prescriptions'), 'prescriptions', ['replaces_id'], ['id'])

    op.create_table('dispensings',
    sa.Column('prescription_id', sa.String(length=32), nullable=False),
    sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['prescription_id'], ['prescriptions.id'], name=op.f('fk_dispensings_prescription_id_prescriptions')),
    sa.PrimaryKeyConstraint('prescription_id', 'place', name=op.f('pk_dispensings'))
    )


def downgrade() -> None:
    op.drop_table('dispensings')
    with op.batch_alter_table('prescriptions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_prescriptions_replaces_id_prescriptions'), type_='foreignkey')
        batch_op.drop_column('replaces_id')
        batch_op.drop_column('cancelled_at')

    with op.batch_alter_table('patients', schema=None) as batch_op:
        batch_op.drop_column('address')

    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.drop_column('address')
