"""ABX phone discrimination: test whether two tokens of one phone are closer to each other than to a token of another phone.

Modules in import order: `phones`, `items`, `distance`, `score`, `representations`, `report`. `export` writes files for public ABX
tools.
Definition, parameters and references: docs/abx.md.
"""
