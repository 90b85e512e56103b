"""Fingerprints of pictures, and the comparison of two pictures by them. Pure, with Pillow alone.

Several hashes find candidates, and a comparison of the detail decides. No single hash does both: one that finds a
picture after a cut of 5% also confuses different pictures.
"""
