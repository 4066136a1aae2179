"""The prover's process: state roots, snapshots, state proofs."""
