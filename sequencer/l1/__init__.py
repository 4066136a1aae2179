"""What L1 says of the venue: events, terms, finality."""
