"""python main.py [VIDEO|PROJECT]: opens GLPose Studio."""

import sys

from app.application import main

if __name__ == "__main__":
    sys.exit(main())
