"""A pure engine: definition + session + event → steps, or an effect for the gateway to perform."""
