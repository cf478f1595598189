"""The main job: from a project file to plan, maps, web map and report."""
