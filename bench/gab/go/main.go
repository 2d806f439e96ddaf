// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The workloads of Workloads.h in Go, for reference. An object's type has to be
// known, so there are five sizes of 16 to 96 bytes.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var (
	sink  uint64
	state uint64 = 88172645463325252
	sizes [4096]int
)

func random() uint64 {
	state ^= state << 13
	state ^= state >> 7
	state ^= state << 17
	return state
}

func makeObject(words int, i uint64) *uint64 {
	switch words {
	case 2:
		o := new([2]uint64)
		o[0], o[1] = 2, i
		return &o[0]
	case 3, 4:
		o := new([4]uint64)
		o[0], o[3] = 4, i
		return &o[0]
	case 5, 6:
		o := new([6]uint64)
		o[0], o[5] = 6, i
		return &o[0]
	case 7, 8:
		o := new([8]uint64)
		o[0], o[7] = 8, i
		return &o[0]
	}
	o := new([12]uint64)
	o[0], o[11] = 12, i
	return &o[0]
}

type node struct{ left, right *node }

func tree(depth int) *node {
	n := new(node)
	if depth > 0 {
		n.left, n.right = tree(depth-1), tree(depth-1)
	}
	return n
}

func (n *node) sum() int {
	if n.left == nil {
		return 1
	}
	return 1 + n.left.sum() + n.right.sum()
}

func fifo(window []*uint64, n int) {
	at := 0
	for i := 0; i < n; i++ {
		if old := window[at]; old != nil {
			sink += *old
		}
		window[at] = makeObject(sizes[i&4095], uint64(i))
		if at++; at == len(window) {
			at = 0
		}
	}
}

func anywhere(window []*uint64, n int) {
	for i := 0; i < n; i++ {
		at := (random() >> 32) * uint64(len(window)) >> 32
		sink += *window[at]
		window[at] = makeObject(sizes[i&4095], uint64(i))
	}
}

func trees(depth int) int {
	nodes := tree(depth + 1).sum()
	kept := tree(depth)
	for d := 4; d <= depth; d += 4 {
		for i := 0; i < 1<<(depth-d+4); i++ {
			nodes += tree(d).sum()
		}
	}
	return nodes + kept.sum()
}

// Makes n objects and keeps one in a hundred.
func survivors(n int) []*uint64 {
	all := make([]*uint64, n)
	for i := range all {
		all[i] = makeObject(sizes[i&4095], uint64(i))
	}
	var keep []*uint64
	for i := range all {
		if random()%100 == 0 {
			keep = append(keep, all[i])
		}
	}
	return keep
}

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(0, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func megabytes(key string) float64 {
	text, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, key) {
			kb, _ := strconv.ParseFloat(strings.Fields(line)[1], 64)
			return kb * 1024 / 1e6
		}
	}
	return 0
}

func main() {
	scale := 1.0
	if len(os.Args) < 2 {
		os.Exit(2)
	}
	if len(os.Args) > 2 {
		scale, _ = strconv.ParseFloat(os.Args[2], 64)
	}
	for i := range sizes {
		steps := 0
		for steps < 10 && random()%1000 < 737 {
			steps++
		}
		sizes[i] = 2 + steps
	}
	n := int(2e7 * scale)
	window := make([]*uint64, 100000)
	if os.Args[1] == "churn1k" {
		n, window = n*2, window[:1000]
	}
	fifo(window, len(window))
	start, wall := cpu(), time.Now()
	extra := ""
	switch os.Args[1] {
	case "churn1k", "churn100k":
		fifo(window, n)
	case "random":
		anywhere(window, n)
	case "trees":
		depth := 18
		if scale < 0.5 {
			depth = 14
		}
		n = trees(depth)
	case "survivors":
		n /= 2
		keep := survivors(n)
		made := cpu() - start
		debug.FreeOSMemory()
		again := cpu()
		debug.FreeOSMemory()
		extra = fmt.Sprintf(",\"settle_ms\":%.2f,\"alloc_ns\":%.2f",
			(cpu()-again)*1e3, made/float64(n)*1e9)
		sink += *keep[0]
	default:
		os.Exit(2)
	}
	fmt.Printf("{\"workload\":\"%s\",\"cpu_ns\":%.3f,\"wall_ns\":%.3f,"+
		"\"peak_mb\":%.1f,\"left_mb\":%.1f%s}\n", os.Args[1],
		(cpu()-start)/float64(n)*1e9,
		float64(time.Since(wall).Nanoseconds())/float64(n),
		megabytes("VmHWM"), megabytes("VmRSS"), extra)
}
