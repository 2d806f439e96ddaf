// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The churn workloads in Go, for reference: pointer-free objects of 16 to 96
// bytes behind a window of pointers.
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

var sink uint64

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

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(0, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func main() {
	alive, n := 1000, 20000000
	if len(os.Args) > 1 && os.Args[1] == "churn100k" {
		alive, n = 100000, 10000000
	}
	sizes := make([]int, 4096)
	state := uint64(88172645463325252)
	for i := range sizes {
		steps := 0
		for steps < 10 {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			if state%1000 >= 737 {
				break
			}
			steps++
		}
		sizes[i] = 2 + steps
	}
	window := make([]*uint64, alive)
	start, wall := cpu(), time.Now()
	at := 0
	for i := 0; i < n; i++ {
		if old := window[at]; old != nil {
			sink += *old
		}
		window[at] = makeObject(sizes[i&4095], uint64(i))
		if at++; at == alive {
			at = 0
		}
	}
	fmt.Printf("{\"workload\":\"%s\",\"cpu_ns\":%.3f,\"wall_ns\":%.3f,"+
		"\"peak_mb\":0,\"left_mb\":0}\n", os.Args[1],
		(cpu()-start)/float64(n)*1e9,
		float64(time.Since(wall).Nanoseconds())/float64(n))
}
