"""What-if: history reckoned by other rules, which changes nothing."""
