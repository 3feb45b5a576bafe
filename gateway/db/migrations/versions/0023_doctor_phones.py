"""a doctor has several telephones, and an offer tells which of them it has rung"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'


def upgrade() -> None:
    op.create_table(
        'doctor_phones',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('doctor_id', sa.String(length=32), nullable=False),
        sa.Column('phone_e164', sa.LargeBinary(), nullable=False),
        sa.Column('phone_hash', sa.String(length=64), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('on_duty', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ['doctor_id'], ['doctors.id'], name=op.f('fk_doctor_phones_doctor_id_doctors')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_doctor_phones')),
        sa.UniqueConstraint('phone_hash', name=op.f('uq_doctor_phones_phone_hash')),
    )
    op.create_index(op.f('ix_doctor_phones_doctor_id'), 'doctor_phones', ['doctor_id'])
    # Each doctor's number is her first telephone, sealed as it was; her own id serves it as one.
    op.execute(
        'INSERT INTO doctor_phones (id, doctor_id, phone_e164, phone_hash, position, on_duty)'
        ' SELECT id, id, phone_e164, phone_hash, 1, false FROM doctors'
    )
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.drop_constraint('uq_doctors_phone_hash', type_='unique')
        batch_op.drop_column('phone_hash')
        batch_op.drop_column('phone_e164')
    with op.batch_alter_table('offers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rung', sa.JSON(), server_default='{}', nullable=False))


def downgrade() -> None:
    """Of several telephones the first one stays."""
    with op.batch_alter_table('offers', schema=None) as batch_op:
        batch_op.drop_column('rung')
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.add_column(sa.Column('phone_e164', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('phone_hash', sa.String(length=64), nullable=True))
    for column in ('phone_e164', 'phone_hash'):
        op.execute(
            f'UPDATE doctors SET {column} = (SELECT {column} FROM doctor_phones'  # noqa: S608
            ' WHERE doctor_id = doctors.id ORDER BY position LIMIT 1)'
        )
    with op.batch_alter_table('doctors', schema=None) as batch_op:
        batch_op.alter_column('phone_e164', existing_type=sa.LargeBinary(), nullable=False)
        batch_op.alter_column('phone_hash', existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint('uq_doctors_phone_hash', ['phone_hash'])
    op.drop_index(op.f('ix_doctor_phones_doctor_id'), table_name='doctor_phones')
    op.drop_table('doctor_phones')
