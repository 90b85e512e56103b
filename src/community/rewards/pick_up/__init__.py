"""Pick-up points of a community, and the helpers who may verify there."""
