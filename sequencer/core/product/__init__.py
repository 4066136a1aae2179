"""The products: what positions are worth, what they require, how a fill is paid."""
