"""A prescription as others take it: a signed PDF, and FHIR documents."""
