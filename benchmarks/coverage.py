"""Coverage, measured: python benchmarks/coverage.py report|collect (each explains itself with --help)."""

import sys
from importlib import import_module
from pathlib import Path

PARTS = {"report": "coverage_report", "collect": "coverage_collect"}

if __name__ == "__main__":
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    if part not in PARTS:
        sys.exit(__doc__)
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(getattr(import_module(PARTS[part]), part)(sys.argv[2:]))
