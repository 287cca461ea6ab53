"""Check that every example in the given .td files is tested.

usage: doc_examples.py TEST.mlir FILE.td...

An example is a ```mlir block. Its text must occur in the test, white space
aside; attribute examples (those that start with # or a type) are whole lines of
their own there.
"""

import re
import sys
from pathlib import Path


def squeeze(text):
    return re.sub(r"\s+", "", text)


def main(test, *files):
    tested = squeeze(Path(test).read_text())
    count, missing = 0, []
    for name in files:
        for block in re.findall(r"```mlir\n(.*?)```", Path(name).read_text(), re.S):
            count += 1
            if squeeze(block) not in tested:
                missing.append(f"{name}: not in {test}:\n{block}")
    print("\n".join(missing))
    print(f"{count} examples, {len(missing)} untested")


main(*sys.argv[1:])
