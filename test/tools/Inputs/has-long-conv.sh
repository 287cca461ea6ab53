#!/bin/sh
# Interesting (1) while the file still has a long convolution.
grep -q conv.long_conv "$1" && exit 1
exit 0
