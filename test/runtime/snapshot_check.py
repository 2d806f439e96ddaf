#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A snapshot of a heap that is known, read as a viewer would read it.

usage: snapshot_check.py PROGRAM [VAR=VALUE...]

PROGRAM (Snapshot.cpp) writes the snapshot. Checked are the form of the file, how
many objects of each type there are and how large, the ways that lead to them,
and what dominates them.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

ELEMENT, PROPERTY, INTERNAL, WEAK = 1, 2, 3, 6
Node = collections.namedtuple("Node", "kind name id size edges")
Edge = collections.namedtuple("Edge", "kind label to")


def snapshot(program, variables):
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/a.heapsnapshot"
        subprocess.check_call([program, path], env={**os.environ, **variables})
        with open(path) as f:
            return json.load(f)


def parse(file):
    meta, strings = file["snapshot"]["meta"], file["strings"]
    width = len(meta["node_fields"])
    numbers, edges = file["nodes"], file["edges"]
    assert width == 7 == len(meta["node_types"])
    assert meta["node_fields"][:5] == ["type", "name", "id", "self_size",
                                       "edge_count"]
    assert meta["edge_fields"] == ["type", "name_or_index", "to_node"]
    assert len(numbers) == width * file["snapshot"]["node_count"]
    assert len(edges) == 3 * file["snapshot"]["edge_count"]
    assert len(set(strings)) == len(strings)
    nodes, at = [], 0
    for i in range(0, len(numbers), width):
        kind, name, ident, size, count = numbers[i:i + 5]
        out = []
        for _ in range(count):
            edge, label, to = edges[at:at + 3]
            assert to % width == 0 and to < len(numbers)
            assert meta["edge_types"][0][edge] in ("element", "property",
                                                   "internal", "weak")
            out.append(Edge(edge, label if edge == ELEMENT else strings[label],
                            to // width))
            at += 3
        nodes.append(Node(meta["node_types"][0][kind], strings[name], ident,
                          size, out))
    assert at == len(edges)
    assert len({n.id for n in nodes}) == len(nodes)
    return nodes


def follow(nodes, *labels, start=0):
    """The node at the end of a way, given by labels or by names of nodes."""
    at = start
    for label in labels:
        ways = [e for e in nodes[at].edges if e.kind != WEAK
                and label in (e.label, nodes[e.to].name)]
        assert ways, f"{nodes[at].name}: no '{label}' among {nodes[at].edges}"
        at = ways[0].to
    return at


def reached(nodes, without=()):
    """What is reached, but not by way of those that are left out."""
    seen, work = {0}, [0]
    while work:
        for edge in nodes[work.pop()].edges:
            if edge.kind != WEAK and edge.to not in seen.union(without):
                seen.add(edge.to)
                work.append(edge.to)
    return seen


def retained(nodes, node):
    """What dies with it; words that are left on a stack say nothing."""
    stacks = follow(nodes, "(GC roots)", "(stacks and registers)")
    lost = (reached(nodes, without=[stacks]) -
            reached(nodes, without=[stacks, node]))
    return sorted(nodes[i].name for i in lost)


COUNTS = {"Tree": 3, "Leaf": 9, "Price": 60, "Key": 2, "OnlyByKey": 1,
          "Large": 2, "Holder": 1, "ByHand": 1, "ByStack": 1, "ByWords": 1,
          "gab::Array<gab::Member<Price>>": 1,
          "gab::Array<gab::Member<Leaf>>": 1, "gab::Array<Both>": 1}


def main():
    nodes = parse(snapshot(sys.argv[1], dict(v.split("=") for v in sys.argv[2:])))
    names = collections.Counter(n.name for n in nodes)
    for name, count in COUNTS.items():
        assert names[name] == count, f"{names[name]} of {name}, not {count}"
    assert nodes[0].kind == "synthetic" and nodes[0].edges[0].to == 1
    assert len(reached(nodes)) == len(nodes), "a node is not reached"
    sizes = {n.name: n.size for n in nodes if n.kind == "object"}
    assert sizes["Price"] == 16 and sizes["Large"] >= 800
    assert sizes["gab::Array<gab::Member<Price>>"] >= 816

    head = follow(nodes, "(GC roots)", "(Root and Global handles)", "Tree")
    held = follow(nodes, "(GC roots)", "(Root and Global handles)", "Holder")

    def below(*labels):
        return follow(nodes, *labels, start=head)

    leaf = below("Left", "Left", "Slots[2]")
    assert nodes[leaf].name == "Leaf"
    assert nodes[below("Left", "Left", "Slots[2]", "What")].name == "Price"
    assert nodes[below("Kids.Items", 4)].name == "Leaf"
    assert nodes[below("Map.Table", "Leaf", "What")].name == "Price"
    assert nodes[below("Table", "[1].Second")].name == "Price"
    assert nodes[below("Hand", "Only", "What")].name == "Price"
    prices = follow(nodes, "(GC roots)", "(Root and Global handles)",
                    "gab::Array<gab::Member<Price>>")
    assert [e.label for e in nodes[prices].edges] == list(range(0, 100, 2))

    weak = {e.label: e.to for e in nodes[head].edges if e.kind == WEAK}
    assert weak["Reached"] == leaf and "NotReached" not in weak
    key = follow(nodes, "TheKey", start=held)
    assert weak["Pair"] == key and "Dead" not in weak
    assert retained(nodes, key) == ["Key", "Leaf", "OnlyByKey", "Price"]
    assert retained(nodes, leaf) == ["Leaf", "Price"]
    assert retained(nodes, head).count("Tree") == 3

    for kind, what in (("(Local handles)", "Key"), ("(Pin handles)", "Large"),
                       ("(stacks and registers)", "ByStack"),
                       ("(conservative memory)", "ByWords")):
        follow(nodes, "(GC roots)", kind, what)
    print(f"{len(nodes)} nodes, {sum(len(n.edges) for n in nodes)} edges")


main()
