"""Random nasty districts: each must tile exactly. python benchmarks/fabric/stress.py [HOW_MANY]"""

import sys
import time
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.mesh import build_mesh, warm
from tests.fabric.nasty import district


def exact(seed: int) -> bool:
    boundary, footprints, barriers, kinds = district(seed)
    cells = cell_polygons(build_mesh(boundary, footprints, barriers, kinds))
    cells = np.array([cell for cell in cells if cell is not None], object)
    error = abs(shapely.area(cells).sum() - boundary.area) / boundary.area
    return bool(error < 1e-9 and shapely.is_valid(cells).all() and shapely.coverage_is_valid(cells))


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    warm()
    begin = time.process_time()
    bad = [seed for seed in range(count) if not exact(seed)]
    print(
        f"{count - len(bad)} of {count} districts exact, {time.process_time() - begin:.0f} CPU s",
        *bad,
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
