"""Bithumb for TwinStar, on the exchange's own API 2.0.

Read `hook` first; `messages` has what the venue says, `streams` listens, `trading` sends, `account` asks.
"""
