"""`python -m schedc` is `schedc`."""

from schedc.cli import main

main()
