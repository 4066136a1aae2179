"""What L1 says of the venue: posted batches, claims, terms of leaving."""
