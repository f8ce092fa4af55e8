"""What runs at night with nobody watching: collect, judge, mend, publish, remember, tell. `run.run_job` is the story."""
