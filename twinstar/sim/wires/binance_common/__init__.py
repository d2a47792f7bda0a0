"""What Binance's wires have in common: who is let in, how requests are read and refused, and what the market tells."""
