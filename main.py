"""python main.py [VIDEO|PROJECT]: opens GLPose Studio."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (asked before anything that older versions cannot read)
    words = "glpose-studio: Python 3.11 or newer is needed, and this is %d.%d (%s)."
    print(words % (*sys.version_info[:2], sys.executable), file=sys.stderr)
    sys.exit(3)

from app.application import main

if __name__ == "__main__":
    sys.exit(main())
