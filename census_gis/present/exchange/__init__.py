"""Exchange files: what other programs and offices are handed, made from a plan, one layer at a time.

Every format says what it cannot carry (`source.Loss`); every export is one folder that appears whole or
not at all (`folder.whole`).
"""
