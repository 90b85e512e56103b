"""The points bank: accounts, the journal, and what is paid for what."""
