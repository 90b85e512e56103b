"""投诉: complaints of members about goods and service, private to the member and the leaders."""
