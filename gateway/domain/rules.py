"""The names of the prescription rules; their words and sources are in `config/formulary.yaml`."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    REGISTRATION_MISSING = "registration_missing"
    REGISTRATION_SHAPE = "registration_shape"
    DIAGNOSIS_MISSING = "diagnosis_missing"
    AGE_MISSING = "age_missing"
    SEX_MISSING = "sex_missing"
    MINOR_WITHOUT_ADULT = "minor_without_adult"
    NO_MEDICINE = "no_medicine"
    IN_PERSON_IN_FUTURE = "in_person_in_future"
    MEDICINE_UNKNOWN = "medicine_unknown"
    FORM_UNKNOWN = "form_unknown"
    STRENGTH_UNKNOWN = "strength_unknown"
    PROHIBITED = "prohibited"
    LIST_A_FIRST = "list_a_first"
    LIST_A_NOT_REFILL = "list_a_not_refill"
    LIST_B_FIRST = "list_b_first"
    LIST_B_NOT_ADD_ON = "list_b_not_add_on"
    UNLISTED = "unlisted"
    DOSE_UNREADABLE = "dose_unreadable"
    DAYS_TOO_MANY = "days_too_many"
    ONCE_FOR_DAYS = "once_for_days"
    WEEKLY_NOT_USUAL = "weekly_not_usual"
    WEEKLY_MAXIMUM = "weekly_maximum"
    DAILY_MAXIMUM = "daily_maximum"
    TOGETHER_MAXIMUM = "together_maximum"
    WEIGHT_NEEDED = "weight_needed"
    MINIMUM_AGE = "minimum_age"
    PREGNANCY = "pregnancy"
    PREGNANCY_UNKNOWN = "pregnancy_unknown"
    DUPLICATE = "duplicate"
    ALLERGY = "allergy"
    INTERACTION = "interaction"
