"""ABX phone discrimination: whether two tokens of a phone lie closer to each other than to a token of another phone.

`phones`, `items`, `distance`, `score`, `lines`, `report`: each imports from those before it. `export` writes what public tools
read. Definition, choices and references: docs/abx.md.
"""
