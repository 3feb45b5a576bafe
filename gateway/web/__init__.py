"""Flask: voice and SMS webhooks, the doctors' console, health."""
