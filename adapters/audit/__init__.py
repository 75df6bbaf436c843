"""The audit chain, apart from where events lie: its tree, its proofs, its signed checkpoints."""
