"""处罚: warnings, mutes and removals of members."""
