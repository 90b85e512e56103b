"""The room of rewards and their redemptions."""
