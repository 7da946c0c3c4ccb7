"""The demonstration province: Qinghai's divisions and printed figures, synthetic people and units.

Everything is drawn from one seeded generator, so that every load gives the same rows.
"""
