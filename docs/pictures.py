"""Make the pictures of README from a finished demo: python docs/pictures.py outputs/demo."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import pypdfium2 as pdfium

from census_gis import read_plan

HERE = Path(__file__).parent / "images"
# Name, district by position, EA, kind of sheet, whether with imagery.
SHEETS = [
    ("plan", -1, "001", "plan", False), ("imagery", 0, "006", "plan", True),
    ("tower", 0, "002", "plan", False), ("base", 2, "004", "base", False),
]  # fmt: skip
TINTS = ["#fde9d9", "#e3f0dc", "#dfe9f5", "#f3e3f0", "#fbf5d0", "#e0f2f1", "#efe6dc"]


def plan_picture(folder: Path) -> None:
    """EA outlines over roads and buildings of the middle of the street."""
    plan = read_plan(folder / "plan.gpkg")
    left, bottom, right, top = plan["districts"].total_bounds
    x, y = left + 0.44 * (right - left), bottom + 0.34 * (top - bottom)
    window = slice(x, x + 1000), slice(y, y + 620)
    ground = plan["enumeration_areas"].query("kind == 'ground'").cx[window]
    figure, axes = plt.subplots(figsize=(10, 6.2))
    ground.plot(ax=axes, color=[TINTS[(5 * i) % 7] for i in range(len(ground))])
    plan["context_lines"].cx[window].plot(ax=axes, color="#9a9a9a", lw=0.8)
    plan["dwelling_parts"].cx[window].plot(ax=axes, color="#b9a08a", edgecolor="#6b5a4a", lw=0.3)
    ground.boundary.plot(ax=axes, color="#c00000", lw=1.6)
    axes.set(xlim=(x, x + 1000), ylim=(y, y + 620))
    axes.set_axis_off()
    figure.savefig(HERE / "plan.png", dpi=90, bbox_inches="tight", pad_inches=0.02)


def ea_pictures(folder: Path) -> None:
    """Four sheets of EAs: a street front with many houses, imagery, floors of a tower, a base sheet."""
    from census_gis.present.book import order_of
    from census_gis.present.layers import read_layers
    from census_gis.present.press import Press, Printing
    from census_gis.present.sheet import ea_sheet
    from census_gis.runner.again import images_of

    plan = read_plan(folder / "plan.gpkg")
    images = images_of(plan, folder / "plan.gpkg")
    for name, district, serial, kind, pictured in SHEETS:
        code = plan["districts"]["district_code"].iloc[district]
        printing = Printing("A4", images if pictured else ())
        order = replace(order_of(plan, "zh", printing), kind=kind)
        layers = read_layers(plan, code, "zh")
        press = Press(order, layers, printing, {})
        row = layers.eas.loc[layers.eas["serial"] == serial].iloc[0]
        press.add(code + serial, ea_sheet(layers, row, order))
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "one.pdf"
            press.save(path)
            page = pdfium.PdfDocument(path)[0]
            picture = page.render(scale=1000 / max(page.get_size())).to_pil().convert("RGB")
        picture.quantize(96, dither=0).save(HERE / f"sheet_{name}.png", optimize=True)


if __name__ == "__main__":
    plan_picture(Path(sys.argv[1]))
    ea_pictures(Path(sys.argv[1]))
