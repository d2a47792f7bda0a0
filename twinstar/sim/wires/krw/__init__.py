"""What Upbit's protocol and Bithumb's API 2.0, which is made after it, have in common; each has its habits apart."""
