"""Units as types: each is an int at run time, and its own type to mypy.

Generated from proto/operations.toml: do not edit.
"""

from typing import NewType

# milliseconds. Since the epoch.
Milliseconds = NewType("Milliseconds", int)

# minutes. A span of time.
Minutes = NewType("Minutes", int)

# ticks. A price of an instrument.
Ticks = NewType("Ticks", int)

# lots. A size.
Lots = NewType("Lots", int)

# ppm. Parts per million.
Ppm = NewType("Ppm", int)

# ppb. Parts per billion.
Ppb = NewType("Ppb", int)

# micro-USD. Millionths of a US dollar.
MicroUsd = NewType("MicroUsd", int)

# nano-USD. Billionths of a US dollar.
NanoUsd = NewType("NanoUsd", int)

# ticks * lots. Sum of price times size; times the tick value it is micro-USD.
TickLots = NewType("TickLots", int)

# micro-USD per tick per lot. The tick value of an instrument.
MicroUsdPerTickPerLot = NewType("MicroUsdPerTickPerLot", int)

# nano-USD per tick. What a tick is of the index price.
NanoUsdPerTick = NewType("NanoUsdPerTick", int)
