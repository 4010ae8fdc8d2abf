"""`python -m barsieve`: the same command as `barsieve`."""

from barsieve import main

if __name__ == "__main__":
    main()
