"""of which households' people a call of another's is, so that it is found when they are erased"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'

# A health worker's: what opened the household and the turn were written at the same moment.
_OPENED = """
SELECT turns.call_id, events.subject_id
FROM events
JOIN turns ON turns.created_at = events.at
JOIN calls ON calls.id = turns.call_id AND calls.caller_id <> events.subject_id
WHERE events.subject = 'callers' AND events.name = 'opened_by_health_worker'
AND EXISTS (
    SELECT 1 FROM events AS entered WHERE entered.subject = 'calls'
    AND entered.subject_id = calls.id AND entered.name = 'health_worker_entered'
)
"""
# A doctor's, who was told of the patient.
_TOLD = """
SELECT calls.id, patients.caller_id
FROM calls
JOIN offers ON offers.id = calls.offer_id
JOIN tickets ON tickets.id = offers.ticket_id
JOIN patients ON patients.id = tickets.patient_id
WHERE patients.caller_id IS NOT NULL
"""
# Where her place was held last, and where she was recorded.
_HELD = """
SELECT calls.id, patients.caller_id
FROM calls
JOIN tickets ON tickets.call_id = calls.id
JOIN patients ON patients.id = tickets.patient_id AND patients.caller_id <> calls.caller_id
"""
_RECORDED = """
SELECT calls.id, patients.caller_id
FROM calls
JOIN recordings ON recordings.call_id = calls.id
JOIN patients ON patients.id = recordings.patient_id AND patients.caller_id <> calls.caller_id
"""
# What an earlier erasure left.
_FORGET = """
DELETE FROM turns WHERE EXISTS (
    SELECT 1 FROM openings
    JOIN callers ON callers.id = openings.household_id
    JOIN calls ON calls.id = openings.call_id
    WHERE openings.call_id = turns.call_id
    AND callers.erased_at IS NOT NULL AND calls.ended_at IS NOT NULL
    AND (turns.number > 0 OR calls.offer_id IS NOT NULL)
)
"""


def upgrade() -> None:
    op.create_table(
        'openings',
        sa.Column('call_id', sa.String(length=32), nullable=False),
        sa.Column('household_id', sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_openings_call_id_calls')),
        sa.ForeignKeyConstraint(
            ['household_id'], ['callers.id'], name=op.f('fk_openings_household_id_callers')
        ),
        sa.PrimaryKeyConstraint('call_id', 'household_id', name=op.f('pk_openings')),
    )
    op.create_index(op.f('ix_openings_household_id'), 'openings', ['household_id'])
    known = ' UNION '.join((_OPENED, _TOLD, _HELD, _RECORDED))
    op.execute(f'INSERT INTO openings (call_id, household_id) {known}')
    op.execute(_FORGET)


def downgrade() -> None:
    op.drop_index(op.f('ix_openings_household_id'), table_name='openings')
    op.drop_table('openings')
