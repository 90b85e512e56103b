"""`python -m community` is the command `community`."""

from community.cli import main

main()
