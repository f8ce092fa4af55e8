"""What every test can ask for: `ckan`, `corpus` and `chromium`."""

pytest_plugins = ["tests.needs", "tests.ckan.plugin"]
