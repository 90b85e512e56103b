"""What happens behind the answers: a module per queue, the relay, the schedule, the process. No logic is here."""
