#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads a heap profile as a protocol buffer and checks that it hangs together.

usage: pprof_check.py FILE MOST_ALLOCATING_TYPE
"""
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            assert len(value) == length
        else:
            raise ValueError(f"wire type {key & 7}")
        yield key >> 3, value


profile = list(fields(open(sys.argv[1], "rb").read()))
strings = [v.decode() for f, v in profile if f == 6]
assert strings[0] == ""
types = [strings[dict(fields(v))[1]] for f, v in profile if f == 1]
assert types == ["alloc_objects", "alloc_space", "inuse_objects",
                 "inuse_space"], types
mappings = {dict(fields(v))[1] for f, v in profile if f == 3}
locations = {}
for f, v in profile:
    if f == 4:
        d = dict(fields(v))
        locations[d[1]] = d[3]
        assert 2 not in d or d[2] in mappings
by_type = {}
for f, v in profile:
    if f != 2:
        continue
    sample = list(fields(v))
    assert all(x in locations for k, x in sample if k == 1)
    values = [x for k, x in sample if k == 2]
    assert len(values) == 4 and values[2] <= values[0], values
    labels = [dict(fields(x)) for k, x in sample if k == 3]
    name = strings[labels[0][2]]
    assert strings[labels[0][1]] == "type"
    by_type[name] = by_type.get(name, 0) + values[1]
assert by_type, "no samples"
top = max(by_type, key=by_type.get)
assert sys.argv[2] in top, f"{sys.argv[2]} is not the top of {by_type}"
print(f"{len(locations)} locations; most bytes: {top}")
