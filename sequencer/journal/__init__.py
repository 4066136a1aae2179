"""The journal: inputs in their order, durable before anybody hears of them."""
