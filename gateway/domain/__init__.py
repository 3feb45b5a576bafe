"""Pure rules: no framework, environment, clock or randomness."""
