"""Points bank: accounts, journal, holds, corrections and earning rules."""
