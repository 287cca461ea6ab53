"""Check that every example in the given .td files is tested.

usage: doc_examples.py TEST.mlir FILE.td...

An example is a ```mlir block. Its text must occur in the test, white space
aside; examples of attributes, which start with #, are one a line.
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
            parts = block.split("\n") if block.lstrip().startswith("#") else [block]
            if any(squeeze(part) not in tested for part in parts):
                missing.append(f"{name}: not in {test}:\n{block}")
    print("\n".join(missing))
    print(f"{count} examples, {len(missing)} untested")


main(*sys.argv[1:])
