"""The simulated exchange: one matching engine, one wire a venue, a ledger of its own, on loopback."""
