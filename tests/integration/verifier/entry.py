"""The `strikeproof` command for a child process of the tests."""

from strikeproof.cli.main import main

if __name__ == "__main__":
    main()
