"""`python -m census_gis.cli`, for machines without the script on their path."""

from census_gis.cli import main

if __name__ == "__main__":
    main()
