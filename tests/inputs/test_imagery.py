"""Any window of any image is a picture in the right place, and nothing is shown where nothing is."""

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from rasterio.enums import ColorInterp
from rasterio.transform import Affine, from_origin

from census_gis.errors import InputError
from census_gis.inputs import imagery
from census_gis.inputs.imagery import open_images, window
from tests.places import place

WEST, NORTH = 500_000.0, 3_000_100.0
METRIC = CRS.from_epsg(4547)


def _write(path, values, *, size=1.0, west=WEST, north=NORTH, **options):
    """A GeoTIFF of values (bands, h, w); its first pixel begins at (west, north)."""
    values = np.atleast_3d(values) if values.ndim == 2 else values
    profile = {"driver": "GTiff", "count": len(values), "dtype": values.dtype, "crs": "EPSG:4547",
               "transform": from_origin(west, north, size, size), **options}  # fmt: skip
    masked, colours = profile.pop("mask", None), profile.pop("colours", None)
    with rasterio.open(path, "w", width=values.shape[2], height=values.shape[1], **profile) as file:
        file.write(values)
        if colours:
            file.colorinterp = colours
        if masked is not None:
            file.write_mask(masked)
    return path


def _marked(bands=3, dtype="uint8"):
    """A picture of 100 x 100 m, dark, with one bright square from (20, 30) to (30, 40) from the top left."""
    values = np.full((bands, 100, 100), 40, dtype=dtype)
    values[:, 30:40, 20:30] = 200
    return values


SQUARE = (WEST + 20, NORTH - 40, WEST + 30, NORTH - 30)


@settings(max_examples=30, deadline=None)
@given(st.floats(-60, 60), st.floats(-60, 60), st.integers(8, 90), st.integers(8, 90))
def test_a_window_shows_each_place_where_it_is(tmp_path_factory, right, up, width, height):
    path = tmp_path_factory.getbasetemp() / "marked.tif"
    if not path.exists():
        _write(path, _marked())
    images, _ = open_images([path])
    bounds = (WEST + right, NORTH - 100 + up, WEST + 100 + right, NORTH + up)
    picture = window(images, bounds, METRIC, width, height)
    assert picture.shape == (height, width, 4)
    x = bounds[0] + (np.arange(width) + 0.5) * 100 / width
    y = bounds[3] - (np.arange(height) + 0.5) * 100 / height
    xs, ys = np.meshgrid(x, y)
    edge = 1.6 * max(100 / width, 100 / height, 1.0)

    def inside(box, margin):
        return (
            (xs > box[0] + margin)
            & (xs < box[2] - margin)
            & (ys > box[1] + margin)
            & (ys < box[3] - margin)
        )

    image = (WEST, NORTH - 100, WEST + 100, NORTH)
    assert (picture[inside(image, edge)][:, 3] == 255).all()
    assert not picture[~inside(image, -edge)].any()
    assert (picture[inside(SQUARE, edge)][:, 0] > 150).all()
    dark = inside(image, edge) & ~inside(SQUARE, -edge)
    assert (picture[dark][:, 0] < 90).all()


def test_at_its_own_resolution_an_image_is_shown_unchanged(tmp_path):
    values = np.random.default_rng(7).integers(0, 255, (3, 60, 80), dtype=np.uint8)
    images, _ = open_images([_write(tmp_path / "a.tif", values)])
    picture = window(images, images[0].bounds, METRIC, 80, 60)
    assert np.array_equal(picture[..., :3], np.moveaxis(values, 0, -1))


def test_another_coordinate_system_shows_the_same_place(tmp_path):
    images, _ = open_images([_write(tmp_path / "a.tif", _marked())])
    step = Transformer.from_crs(4547, 4326, always_xy=True)
    bounds = step.transform_bounds(*SQUARE)
    picture = window(images, bounds, CRS.from_epsg(4326), 40, 40)
    assert (picture[8:-8, 8:-8, 0] > 150).all()


def test_later_images_cover_earlier_ones(tmp_path):
    one = _write(tmp_path / "a.tif", np.full((3, 50, 50), 10, np.uint8))
    two = _write(tmp_path / "b.tif", np.full((3, 50, 50), 90, np.uint8), west=WEST + 25)
    images, _ = open_images([one, two])
    bounds = (WEST, NORTH - 50, WEST + 75, NORTH)
    row = window(images, bounds, METRIC, 75, 50)[25, :, 0]
    assert set(row[2:23]) == {10}
    assert set(row[27:73]) == {90}
    assert set(window(images[::-1], bounds, METRIC, 75, 50)[25, 27:48, 0]) == {10}


@pytest.mark.parametrize("how", ["nodata", "mask", "alpha"])
def test_what_an_image_says_is_empty_is_transparent(tmp_path, how):
    values = _marked(4 if how == "alpha" else 3)
    empty = np.s_[:, 60:, :]
    if how == "nodata":
        values[empty] = 0
        path = _write(tmp_path / "a.tif", values, nodata=0)
    elif how == "alpha":
        values[3] = 255
        values[3, 60:] = 0
        colours = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
        path = _write(tmp_path / "a.tif", values, colours=colours)
    else:
        mask = np.full((100, 100), 255, np.uint8)
        mask[60:] = 0
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
            path = _write(tmp_path / "a.tif", values, mask=mask)
    under = _write(tmp_path / "under.tif", np.full((3, 100, 100), 77, np.uint8))
    images, _ = open_images([path])
    picture = window(images, images[0].bounds, METRIC, 100, 100)
    assert (picture[:59, :, 3] == 255).all()
    assert not picture[61:].any()
    both, _ = open_images([under, path])
    assert set(np.unique(window(both, images[0].bounds, METRIC, 100, 100)[62:, :, 0])) == {77}


@pytest.mark.parametrize("pixels", [37, 270])
@pytest.mark.parametrize("how", ["nodata", "mask"])
def test_what_is_empty_does_not_darken_its_edge(tmp_path, how, pixels):
    values = np.full((3, 100, 100), 200, np.uint8)
    values[:, 33:71, 21:58] = 0
    options = {"nodata": 0} if how == "nodata" else {"mask": (values[0] > 0).astype(np.uint8) * 255}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        images, _ = open_images([_write(tmp_path / "a.tif", values, **options)])
    picture = window(images, images[0].bounds, METRIC, pixels, pixels)
    shown = picture[picture[..., 3] > 0]
    assert 0.8 < len(shown) / pixels**2 < 0.92
    assert shown[:, :3].min() >= 199


def test_deep_images_are_stretched_alike_in_every_window(tmp_path):
    dark = np.random.default_rng(1).integers(100, 600, (1, 80, 80)).astype(np.uint16)
    light = np.random.default_rng(2).integers(400, 2000, (1, 80, 80)).astype(np.uint16)
    images, found = open_images(
        [_write(tmp_path / "a.tif", dark), _write(tmp_path / "b.tif", light, west=WEST + 80)]
    )
    assert [row["code"] for row in found] == ["I003", "I003"]
    whole = window(images, (WEST, NORTH - 80, WEST + 160, NORTH), METRIC, 160, 80)
    part = window(images, (WEST + 40, NORTH - 40, WEST + 120, NORTH), METRIC, 80, 40)
    assert np.array_equal(whole[4:36, 44:116], part[4:36, 4:76])
    assert (whole[..., 0] == whole[..., 1]).all()
    pooled = np.concatenate([dark.ravel(), light.ravel()])
    low, high = np.percentile(pooled, [2, 98])
    expected = np.clip((dark[0] - low) / (high - low) * 255, 0, 255)
    assert np.abs(whole[2:78, 2:78, 0].astype(float) - expected[2:78, 2:78]).max() <= 1.5


def test_the_order_of_images_does_not_change_the_stretch(tmp_path):
    one = _write(
        tmp_path / "a.tif",
        np.random.default_rng(1).integers(100, 600, (1, 40, 40)).astype(np.uint16),
    )
    two = _write(tmp_path / "b.tif", np.random.default_rng(2).integers(400, 900, (1, 40, 40)).astype(np.uint16), west=WEST + 40)  # fmt: skip
    images, _ = open_images([one, two])
    bounds = (WEST, NORTH - 40, WEST + 80, NORTH)
    assert np.array_equal(
        window(images, bounds, METRIC, 80, 40), window(images[::-1], bounds, METRIC, 80, 40)
    )


def test_missing_values_of_real_numbers_are_transparent(tmp_path):
    values = np.linspace(0, 1, 2500, dtype=np.float32).reshape(1, 50, 50)
    values[:, :10] = np.nan
    images, _ = open_images([_write(tmp_path / "a.tif", values)])
    picture = window(images, images[0].bounds, METRIC, 50, 50)
    assert not picture[:9].any()
    assert (picture[11:, :, 3] == 255).all()


def test_a_palette_shows_its_colours(tmp_path):
    path = tmp_path / "a.tif"
    with rasterio.open(path, "w", driver="GTiff", width=20, height=20, count=1, dtype="uint8", crs="EPSG:4547",
                       transform=from_origin(WEST, NORTH, 1, 1), photometric="palette") as file:  # fmt: skip
        file.write(np.ones((1, 20, 20), np.uint8))
        file.write_colormap(1, {0: (0, 0, 0, 255), 1: (10, 200, 30, 255)})
    images, _ = open_images([path])
    assert window(images, images[0].bounds, METRIC, 20, 20)[10, 10].tolist() == [10, 200, 30, 255]


def test_a_coarse_picture_reads_overviews_and_never_the_whole_image(tmp_path, monkeypatch):
    path = _write(tmp_path / "a.tif", np.full((3, 2048, 2048), 50, np.uint8), size=0.1, tiled=True)
    with rasterio.open(path, "r+") as file:
        file.build_overviews([4, 16])
    images, _ = open_images([path])
    sizes, parts = [], []
    original = imagery._read

    def watched(file, part, size, stretch):
        sizes.append(size)
        parts.append(part)
        return original(file, part, size, stretch)

    monkeypatch.setattr(imagery, "_read", watched)
    picture = window(images, images[0].bounds, METRIC, 64, 64)
    assert (picture[..., 3] == 255).all()
    assert max(max(size) for size in sizes) <= 130
    window(images, (WEST, NORTH - 5, WEST + 5, NORTH), METRIC, 500, 500)
    assert max(parts[-1].width, parts[-1].height) <= 54


def test_an_image_read_straight_is_where_a_warped_one_would_be(tmp_path, monkeypatch):
    bands = np.random.default_rng(3).integers(0, 255, (3, 60, 60)).astype(np.uint8)
    bands = np.kron(bands, np.ones((1, 8, 8), dtype=np.uint8))
    images, _ = open_images([_write(tmp_path / "a.tif", bands, size=0.5)])
    for west, north, side in ((10.0, 12.0, 150.0), (3.3, 7.7, 33.1), (-20.0, -15.0, 120.0)):
        box = (WEST + west, NORTH - north - side, WEST + west + side, NORTH - north)
        straight = window(images, box, METRIC, 200, 200).astype(int)
        with monkeypatch.context() as patched:
            patched.setattr(imagery, "_same", lambda one, other: False)
            warped = window(images, box, METRIC, 200, 200).astype(int)
        both = (straight[..., 3] > 0) & (warped[..., 3] > 0)
        assert both.any()
        assert np.mean(straight[..., 3] != warped[..., 3]) < 0.02
        assert np.abs(straight - warped)[both].mean() < 6


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_a_world_file_gives_the_position(tmp_path, name):
    driver = {"a.png": "PNG", "a.jpg": "JPEG", "a.tif": "GTiff"}[name]
    path = tmp_path / name
    with rasterio.open(
        path, "w", driver=driver, width=100, height=100, count=3, dtype="uint8"
    ) as file:
        file.write(_marked())
    suffix = {"a.png": ".pgw", "a.jpg": ".JGW", "a.tif": ".tfw"}[name]
    path.with_suffix(suffix).write_text(f"1\n0\n0\n-1\n{WEST + 0.5}\n{NORTH - 0.5}\n")
    with pytest.raises(InputError, match="no coordinate system"):
        open_images([path])
    images, found = open_images([path], crs="EPSG:4547")
    assert images[0].bounds == (WEST, NORTH - 100, WEST + 100, NORTH)
    assert [row["code"] for row in found] == ["I002", "C006"]
    assert (window(images, SQUARE, METRIC, 10, 10)[2:-2, 2:-2, 0] > 180).all()


def test_images_without_position_rotated_or_contradicting_are_refused(tmp_path):
    bare = tmp_path / "bare.tif"
    with rasterio.open(
        bare, "w", driver="GTiff", width=9, height=9, count=1, dtype="uint8"
    ) as file:
        file.write(np.ones((1, 9, 9), np.uint8))
    with pytest.raises(InputError, match="no position"):
        open_images([bare])
    turned = _write(
        tmp_path / "turned.tif",
        _marked(),
        transform=from_origin(WEST, NORTH, 1, 1) @ Affine.rotation(20),
    )
    with pytest.raises(InputError, match="rotated"):
        open_images([turned])
    with pytest.raises(InputError, match="EPSG:4547"):
        open_images([_write(tmp_path / "lonlat.tif", _marked(), west=114.0, north=27.0, size=1e-5)])


def test_patterns_are_taken_by_name_and_an_empty_one_is_an_error(tmp_path):
    for name in ("b.tif", "a.tif"):
        _write(tmp_path / name, _marked())
    images, _ = open_images([str(tmp_path / "*.tif")], "2026-05", "测绘院")
    assert [image.path[-5:] for image in images] == ["a.tif", "b.tif"]
    assert (images[0].taken, images[0].source) == ("2026-05", "测绘院")
    for pattern in (
        str(tmp_path / "*.tiff"),
        str(tmp_path / "none.tif"),
        "/vsicurl/http://127.0.0.1:9/*.tif",
    ):
        with pytest.raises(InputError):
            open_images([pattern])


def test_a_damaged_image_is_refused_when_it_is_listed(tmp_path):
    path = _write(tmp_path / "a.tif", _marked())
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(InputError, match="damaged"):
        open_images([path])


def test_far_away_is_empty(tmp_path):
    images, _ = open_images([_write(tmp_path / "a.tif", _marked())])
    assert not window(images, (0, 0, 10, 10), METRIC, 5, 5).any()
    assert not window(images, (-60, -60, -59, -59), CRS.from_epsg(4326), 5, 5).any()
    assert not window((), (0, 0, 10, 10), METRIC, 5, 5).any()


def test_a_real_orthophoto_and_a_real_deep_image():
    images, found = open_images([place("ortho_banepa_north", "ortho.tif")])
    assert not found
    assert images[0].pixel_m == pytest.approx(0.15)
    whole = window(images, images[0].bounds, images[0].crs, 273, 183)
    assert 0.8 < (whole[..., 3] > 0).mean() <= 1
    deep, found = open_images([place("ortho_spacenet_atlanta", "pan_uint16.tif")])
    assert [row["code"] for row in found] == ["I003"]
    picture = window(deep, deep[0].bounds, deep[0].crs, 300, 300)
    assert 60 < picture[..., 0].mean() < 150
    assert picture[..., 0].min() == 0
    assert picture[..., 0].max() == 255
