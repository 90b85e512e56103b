"""Coupons, slots, trials and co-building projects, beyond what all rewards have in common."""
