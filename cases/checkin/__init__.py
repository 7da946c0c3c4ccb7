"""Check-in on a phone: codes that prove presence, the shop's paired phones, and the merging of what they queued."""
