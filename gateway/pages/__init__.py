"""The venue's pages: rendered here, refreshed by htmx, checked by small modules in the browser."""
