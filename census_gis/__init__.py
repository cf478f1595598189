"""census_gis: divide census districts into enumeration areas, and send people out to count them."""

__version__ = "0.1.0"
