"""JSON over HTTP: reads of the venue, ops one at a time."""
