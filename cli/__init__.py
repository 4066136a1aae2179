"""The groups of the `strikeproof` command, each loaded when it is used."""
