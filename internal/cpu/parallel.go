package cpu

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel does tasks 0 … n−1 on all cores, and returns when they are done.
func parallel(n int, do func(task int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for task := range n {
			do(task)
		}
		return
	}
	var next atomic.Int64
	work := func() {
		for {
			task := int(next.Add(1)) - 1
			if task >= n {
				return
			}
			do(task)
		}
	}
	var wait sync.WaitGroup
	for range workers - 1 {
		wait.Go(work)
	}
	work()
	wait.Wait()
}

// chunks divides n elements into pieces of at least so many, that are few but enough for many cores. The division hangs
// on the arguments alone.
func chunks(n, least int) (count, size int) {
	const most = 64
	size = max(least, (n+most-1)/most)
	return (n + size - 1) / size, size
}
