"""The demonstration: one consultation over the real parts, told as it happens."""
