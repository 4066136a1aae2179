"""An address as a person writes it: the checksum catches typing errors."""

from __future__ import annotations

from eth_utils.address import is_address, is_checksum_address, to_checksum_address


def checksum_address(text: str) -> str:
    """Return an address in its checksum form. Raises `ValueError` saying what is wrong.

    All digits in one case are taken without a checksum, as nodes write them.
    """
    if not text.startswith("0x") or not is_address(text.lower()):
        raise ValueError("an address is 0x and 40 hex digits")
    if text[2:] not in (text[2:].lower(), text[2:].upper()) and not is_checksum_address(text):
        raise ValueError("the address's checksum is wrong: it is mistyped")
    if int(text, 16) == 0:
        raise ValueError("the zero address is nobody")
    return str(to_checksum_address(text))
