"""What things cost: the price book, KDV, and coupons."""
