"""Small drawings (ASCII DXF) for the tests of this room."""


def polyline(layer, points, *, closed=True):
    """A light polyline."""
    groups = ["0", "LWPOLYLINE", "8", layer, "90", str(len(points)), "70", "1" if closed else "0"]
    for x, y in points:
        groups += ["10", str(x), "20", str(y)]
    return groups


def text(layer, words, at):
    """A text at a point."""
    return ["0", "TEXT", "8", layer, "10", str(at[0]), "20", str(at[1]), "40", "2", "1", words]


def drawing(*objects, blocks=(), page="ANSI_936", encoding="gb18030"):
    """A whole file of objects."""
    lines = ["0", "SECTION", "2", "HEADER", "9", "$ACADVER", "1", "AC1018", "9", "$DWGCODEPAGE", "3", page, "0", "ENDSEC"]  # fmt: skip
    if blocks:
        lines += ["0", "SECTION", "2", "BLOCKS", *blocks, "0", "ENDSEC"]
    lines += ["0", "SECTION", "2", "ENTITIES", *(one for some in objects for one in some), "0", "ENDSEC", "0", "EOF"]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n").encode(encoding)
