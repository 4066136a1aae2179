"""Requests for quotes: who asks for prices of which structure, and who quotes it."""
