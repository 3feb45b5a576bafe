"""The whole service as processes: what holds when parts of it die and the carrier misbehaves."""
