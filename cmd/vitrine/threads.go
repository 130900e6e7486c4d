package main

import (
	"os"
	"runtime"
)

// runThreads lets n goroutines run at once, 0 means four per core; the environment variable GOMAXPROCS goes before both. With one per core, a search whose goroutine
// wakes up stands in line behind those that build an index, each of which Go lets run for 10 ms; with more, it gets a thread, and the system shares the cores
// among threads in finer steps, first to those that slept. It is called once, after the parts have been opened that size themselves by cores.
func runThreads(n int) {
	const perCore = 4
	switch {
	case os.Getenv("GOMAXPROCS") != "":
		return
	case n == 0:
		n = perCore * runtime.GOMAXPROCS(0)
	}
	runtime.GOMAXPROCS(n)
}
