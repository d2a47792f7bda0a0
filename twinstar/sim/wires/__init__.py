"""One module a venue: its REST and WebSocket protocol, as its own clients know it."""
