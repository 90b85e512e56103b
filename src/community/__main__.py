"""The command `python -m community`, equal to `community`."""

from community.cli import main

main()
