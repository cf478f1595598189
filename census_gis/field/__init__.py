"""People on foot: staffing."""
