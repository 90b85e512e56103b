"""What members are told: the inbox."""
