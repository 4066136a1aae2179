"""What a sequencer withholds: who is liquidatable, and which upkeep is due."""
