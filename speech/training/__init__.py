"""Making a Hindi recogniser of our own: for developers; the service imports nothing of this."""
