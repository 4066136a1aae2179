"""`python -m strikeproof`: the `strikeproof` command of this very interpreter."""

from strikeproof.cli.main import main

if __name__ == "__main__":
    main()
