"""From the ingress queue to acknowledgements: signatures, engine, journal, receipts, prover."""
