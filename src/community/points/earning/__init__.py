"""Earning of points: rules, seasons, awards, check-ins and reported interactions."""
