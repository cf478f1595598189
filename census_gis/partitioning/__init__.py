"""Who belongs together: objective, start, refinement, solution."""
