"""Generated code: constants, codes, record layouts and message types."""
