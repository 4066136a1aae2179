"""What operators of a venue do: deploy it from a file, govern it, post what is overdue."""
