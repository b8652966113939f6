#!/usr/bin/env python3
"""Makes the fonts beside this file from DejaVu Sans Mono: only the characters that terminals show, and only what
drawing them takes. Box drawing, blocks and braille are drawn by the program, so that lines join, and are left out.

Usage: subset.py FOLDER    the folder with DejaVuSansMono.ttf and DejaVuSansMono-Bold.ttf; needs fonttools
"""

import os
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

LETTERS = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x192, 0x192), (0x218, 0x21B), (0x370, 0x3FF), (0x400, 0x45F), (0x490, 0x491),
    (0x2010, 0x205E), (0x20A0, 0x20BF), (0xFFFD, 0xFFFD),
]
SIGNS = [
    (0x2070, 0x209C), (0x2116, 0x2116), (0x2122, 0x2122), (0x2126, 0x2126), (0x2153, 0x215E), (0x2190, 0x21FF),
    (0x2200, 0x2213), (0x2215, 0x221E), (0x2223, 0x222B), (0x2234, 0x2237), (0x223C, 0x223D), (0x2243, 0x224D),
    (0x2260, 0x226B), (0x2282, 0x2287), (0x2295, 0x2299), (0x22A2, 0x22A5), (0x22C4, 0x22C6), (0x22EE, 0x22EF),
    (0x2302, 0x2302), (0x2308, 0x230B), (0x2315, 0x2318), (0x231A, 0x231B), (0x2325, 0x2328), (0x232B, 0x232B),
    (0x2387, 0x2387), (0x238B, 0x238B), (0x23B0, 0x23BF), (0x23CE, 0x23CF), (0x23E9, 0x23FA), (0x25A0, 0x25FF),
    (0x2600, 0x2613), (0x2620, 0x2623), (0x2639, 0x2640), (0x2660, 0x266F), (0x2690, 0x26A1), (0x26AA, 0x26AC),
    (0x2701, 0x27BE), (0x27F5, 0x27FA),
]
KEPT = {"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post", "OS/2"}


def make(source, target, ranges):
    font = TTFont(source)
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    options.name_IDs = [0, 1, 2, 13]  # copyright, family, style, licence
    options.notdef_outline = True
    options.recalc_bounds = True
    chooser = subset.Subsetter(options)
    chooser.populate(unicodes=[code for first, last in ranges for code in range(first, last + 1)])
    chooser.subset(font)
    for table in set(font.keys()) - KEPT - {"GlyphOrder"}:
        del font[table]
    font["head"].modified = font["head"].created  # the same bytes in every run
    font.recalcTimestamp = False
    font.save(target)
    print(f"{target}: {os.path.getsize(target)} bytes, {len(font.getBestCmap())} characters")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here = os.path.dirname(os.path.abspath(__file__))
    make(os.path.join(sys.argv[1], "DejaVuSansMono.ttf"), os.path.join(here, "regular.ttf"), LETTERS + SIGNS)
    make(os.path.join(sys.argv[1], "DejaVuSansMono-Bold.ttf"), os.path.join(here, "bold.ttf"), LETTERS)
