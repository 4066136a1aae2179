"""What a verifier can show of any op, claim and root, answered over HTTP for explorers."""
