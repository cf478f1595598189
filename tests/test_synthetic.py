"""A made-up street must be credible, exact in its sums, and the same every time."""

import tomllib
from functools import cache

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from openpyxl import load_workbook

from census_gis.errors import ConfigError
from census_gis.synthetic import Town, county, street, write
from census_gis.synthetic.faults import GAP_M
from census_gis.synthetic.write import LAYERS


@cache
def the_street() -> Town:
    return street()


def digest(town: Town) -> dict[str, int]:
    frames = {name: getattr(town, name) for name in (*LAYERS, "staff", "register")}
    found = {}
    for name, frame in frames.items():
        table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).astype(str)
        found[name] = int(pd.util.hash_pandas_object(table, index=False).sum())
        if "geometry" in frame:
            found[name] += hash(tuple(shapely.to_wkb(frame.geometry.to_numpy())))
    return found


def overlaps(shapes: np.ndarray) -> np.ndarray:
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    area = shapely.area(shapely.intersection(shapes[first[once]], shapes[second[once]]))
    return area[area > 0.05]


def test_the_street_has_the_persons_and_districts_of_the_notice():
    town = the_street()
    persons = town.districts["persons"]
    assert len(town.districts) == 34
    assert persons.sum() == town.persons == 160_000
    assert town.districts["persons_away"].sum() == 25_000
    assert persons.between(1_700, 8_500).all()
    assert 520 <= np.rint(persons / 300).sum() <= 545
    assert 8_500 <= len(town.buildings) <= 11_500


def test_codes_are_of_twelve_digits_and_say_what_a_district_is():
    table = the_street().districts
    code = table["district_code"]
    assert code.str.fullmatch(r"\d{12}").all()
    assert code.is_unique and table["name"].is_unique
    village = code.str[9:].astype(int)
    assert (village < 200).sum() == 28
    assert village.between(200, 399).sum() == 5
    assert village.between(400, 499).sum() == 1
    assert (table["name"].str.endswith("村民委员会") == village.between(200, 399)).all()


def test_staff_are_the_posts_of_the_notice_with_serial_names():
    staff = the_street().staff
    assert staff["role"].value_counts().to_dict() == {"enumerator": 423, "supervisor": 110}
    assert staff["staff_id"].is_unique
    assert staff["display_name"].str.fullmatch(r"普查(指导)?员\d{3}").all()
    assert staff["district_code"].isin(the_street().districts["district_code"]).all()


@pytest.mark.parametrize("layer", [name for name in LAYERS if name != "units"])
def test_every_shape_is_valid(layer):
    frame = getattr(the_street(), layer)
    assert len(frame) and frame.crs.to_epsg() == 4549
    assert frame.geometry.is_valid.all() and not frame.geometry.is_empty.any()


def test_districts_cover_the_street_apart_from_intended_faults():
    shapes = the_street().districts.geometry.to_numpy()
    whole = shapely.union_all(shapes)
    holes = [
        shapely.Polygon(ring).area for part in shapely.get_parts(whole) for ring in part.interiors
    ]
    assert sum(area > 1 for area in holes) == 2
    assert max(holes) < 70 * GAP_M + 5
    assert sum(overlaps(shapes) > 1) == 1
    assert overlaps(shapes).max() < 100


def test_one_village_has_an_exclave_inside_another_district():
    table = the_street().districts
    split = table[table.geometry.count_geometries() > 1]
    assert len(split) == 1
    assert split["name"].str.endswith("村民委员会").all()


def test_buildings_overlap_only_where_doubled_and_cross_one_district_line():
    town = the_street()
    houses = town.buildings.geometry.to_numpy()
    assert len(overlaps(houses)) == 2
    assert town.buildings["building_id"].str.endswith("D").sum() == 2
    within = shapely.STRtree(town.districts.geometry.to_numpy()).query(houses, predicate="within")
    assert len(houses) - len(np.unique(within[0])) <= 1


def test_buildings_stand_on_neither_road_nor_rail_nor_water():
    town = the_street()
    tree = shapely.STRtree(town.buildings.geometry.to_numpy())
    wet = tree.query(town.water.geometry.to_numpy(), predicate="intersects")[1]
    road = tree.query(town.roads.geometry.buffer(1.2).to_numpy(), predicate="intersects")[1]
    rail = tree.query(town.railways.geometry.buffer(6).to_numpy(), predicate="intersects")[1]
    assert len(wet) == len(road) == len(rail) == 0


def test_dwellings_have_doors_and_most_have_floors():
    homes = the_street().buildings.query("use in ['residential', 'mixed']")
    assert homes["doors"].notna().all() and (homes["doors"] >= 1).all()
    assert 0.05 < homes["floors"].isna().mean() < 0.15
    assert homes["dwellings"].isna().mean() < 0.1
    high = homes[(homes["floors"] >= 18)]
    assert len(high) > 40 and high["floors"].max() <= 33
    assert the_street().buildings["use"].isna().sum() > 5


def test_large_buildings_are_those_that_must_be_cut_and_counts_fit_the_total():
    town = the_street()
    count = town.register["residents"] + town.register["away"]
    large = sorted(count[count > 360].tolist())
    assert large[-1] > 1_000 and sum(one >= 480 for one in large) == len(large) >= 3
    known = count.groupby(town.register["village_code"]).sum()
    assert (known <= town.districts.set_index("district_code")["persons"][known.index]).all()
    assert town.register["building_id"].isin(town.buildings["building_id"]).all()
    own = town.buildings.loc[town.buildings["use"] == "group_quarters", "persons"]
    assert len(own) >= 2 and own.notna().all() and own.max() <= 340


def test_no_other_building_is_larger_than_an_ea():
    town = the_street()
    rate = 2.86 * 1.02  # most persons to a dwelling
    counted = set(town.register["building_id"])
    others = town.buildings[~town.buildings["building_id"].isin(counted)]
    assert (others["dwellings"].fillna(0).astype(float) * rate).max() < 360


def test_the_place_has_what_a_place_has():
    town = the_street()
    assert {"motorway", "primary", "secondary", "tertiary", "residential", "service",
            "living_street", "unclassified"} <= set(town.roads["class"])  # fmt: skip
    assert (town.roads["class"] == "motorway").sum() == 2
    assert {"school", "hospital", "factory", "mall", "park", "warehouse"} <= set(
        town.places["class"]
    )
    assert {"river", "lake", "canal"} <= set(town.water["class"])
    assert {"0701", "0702", "0101", "0601", "08H2", "0810", "1001", "1003"} <= set(
        town.landuse["class"]
    )
    assert len(town.compounds) > 60
    lon = town.districts.to_crs(4490).total_bounds[[0, 2]]
    assert lon[0] < 121.5 < lon[1]


def test_the_same_seed_gives_the_same_place_and_another_one_another():
    first = digest(county(districts=6, persons=24_000, seed=3))
    assert first == digest(county(districts=6, persons=24_000, seed=3))
    assert first["buildings"] != digest(county(districts=6, persons=24_000, seed=4))["buildings"]


@pytest.mark.parametrize(
    ("districts", "persons"), [(1, 1_500), (2, 2_400), (3, 6_000), (12, 40_000)]
)
def test_places_of_other_sizes_are_as_exact(districts, persons):
    town = county(districts=districts, persons=persons)
    assert len(town.districts) == districts
    assert town.districts["persons"].sum() == persons
    within = shapely.STRtree(town.districts.geometry.to_numpy()).query(
        shapely.centroid(town.buildings.geometry.to_numpy()), predicate="within")  # fmt: skip
    assert len(np.unique(within[0])) == len(town.buildings)
    assert len(town.staff) == persons // 300


@pytest.mark.parametrize(("districts", "persons"), [(0, 100), (5, 800)])
def test_a_place_without_people_is_refused(districts, persons):
    with pytest.raises(ConfigError):
        county(districts=districts, persons=persons)


def test_villages_have_the_houses_villages_have():
    town = county(districts=2, persons=6_000)
    houses = (town.buildings["use"] == "residential").sum()
    assert 40 <= houses / (6_000 / 300) <= 62


def test_a_place_is_written_with_the_project_that_reads_it(tmp_path):
    town = county(districts=3, persons=5_000)
    project = write(town, tmp_path, imagery=1)
    tree = tomllib.loads(project.read_text(encoding="utf-8"))
    assert tree["project"]["profile"] == "cn2020" and tree["population"]["persons_total"] == 5_000
    written = {name for name, _ in pyogrio.list_layers(tmp_path / "street.gpkg")}
    for name, entry in tree["inputs"].items():
        if entry.get("layer"):
            assert entry["layer"] in written
            fields = set(pyogrio.read_info(tmp_path / "street.gpkg", layer=name)["fields"])
            assert set(entry["columns"].values()) <= fields
    read = pyogrio.read_dataframe(tmp_path / "street.gpkg", layer="buildings")
    assert len(read) == len(town.buildings)
    register = pd.read_csv(tmp_path / "register.csv", dtype=str)
    assert set(tree["inputs"]["register"]["columns"].values()) == set(register.columns)
    rows = list(load_workbook(tmp_path / "staff.xlsx").active.values)
    assert list(rows[0]) == list(tree["inputs"]["staff"]["columns"].values())
    assert len(rows) - 1 == len(town.staff)


def test_an_orthophoto_lies_where_its_district_lies(tmp_path):
    town = county(districts=1, persons=900)
    write(town, tmp_path, imagery=1)
    (path,) = (tmp_path / "ortho").glob("*.tif")
    with rasterio.open(path) as image:
        assert image.crs.to_epsg() == 4549 and image.res == (0.5, 0.5)
        assert image.profile["tiled"] and image.overviews(1)
        left, low, right, high = town.districts.total_bounds
        assert image.bounds.left < left < right < image.bounds.right
        assert image.bounds.bottom < low < high < image.bounds.top
        assert image.read(1).std() > 10


def test_a_county_is_townships_side_by_side_with_codes_of_their_own():
    town = county(districts=40, persons=46_000)
    assert len(town.districts) == 40 and town.districts["persons"].sum() == 46_000
    assert (town.units["level"] == "township").sum() == 2
    assert town.buildings["building_id"].is_unique and town.staff["staff_id"].is_unique
    shapes = town.districts.geometry.to_numpy()
    whole = shapely.union_all(shapely.buffer(shapes, 0.02))
    assert whole.geom_type == "Polygon"
    assert (overlaps(shapes) > 1).sum() <= 2
