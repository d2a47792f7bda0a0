"""Lighter, natively: perpetuals of a zero-knowledge rollup, where orders are signed transactions with nonces.

Read in this order: `hook`, `config`, `library` and `signer` (what signs), `nonces` (what keeps orders whole), `orders`
(what an order is in integers), `messages` (what the venue says), `venue` and `desk` (how the parts are put
together).
"""
