package nn_test

import (
	"testing"

	"golang.org/x/sys/unix"
)

// reportCPU adds the processor's time of an operation to a benchmark: on a busy machine it says more than the clock.
func reportCPU(b *testing.B) (report func()) {
	b.Helper()
	used := func() float64 {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(unix.TimevalToNsec(u.Utime)+unix.TimevalToNsec(u.Stime)) / 1e6
	}
	began := used()
	return func() { b.ReportMetric((used()-began)/float64(b.N), "cpu-ms/op") }
}
