"""python -m odtool"""

from odtool.cli import main

if __name__ == "__main__":
    main()
