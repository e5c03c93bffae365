package kernel

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cpu is the processor time of this process, since the machine may be shared.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// rate runs f and says how many times 10⁹ of the work in one call it does a second of processor time.
func rate(b *testing.B, work float64, unit string, f func()) {
	b.Helper()
	f()
	b.ResetTimer()
	before := cpu(b)
	for range b.N {
		f()
	}
	b.ReportMetric(work*float64(b.N)/float64(cpu(b)-before), unit)
	b.ReportMetric(0, "ns/op")
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range [][3]int{
		{1024, 1024, 1024},
		{2048, 768, 256},
		{2048, 176, 64},
		{2048, 64, 176},
		{128, 128, 16},
		{128, 16, 128},
		{128, 128, 64},
		{176, 64, 2048},
		{1, 768, 256},
		{16, 768, 256},
		{16, 4096, 512},
	} {
		m, n, k := s[0], s[1], s[2]
		x, y, c := random(1, m*k), random(2, k*n), make([]float32, m*n)
		for _, way := range []struct {
			name string
			a, b Matrix
		}{
			{"NN", Matrix{x, k, 1}, Matrix{y, n, 1}},
			{"NT", Matrix{x, k, 1}, Matrix{y, 1, k}},
			{"TN", Matrix{x, 1, m}, Matrix{y, n, 1}},
			{"TT", Matrix{x, 1, m}, Matrix{y, 1, k}},
		} {
			b.Run(fmt.Sprintf("%dx%dx%d/%s", m, n, k, way.name), func(b *testing.B) {
				var w Workspace
				rate(b, float64(2*m*n*k), "GFLOP/s", func() { Gemm(c, n, way.a, way.b, m, n, k, false, &w) })
			})
		}
	}
}

func BenchmarkElements(b *testing.B) {
	for _, n := range []int{64, 4096, 1 << 22} {
		x, y, z := random(1, n), random(2, n), make([]float32, n)
		half := make([]uint16, n)
		positive := make([]float32, n)
		Abs(positive, x)
		for _, f := range []struct {
			name string
			do   func()
		}{
			{"add", func() { Add(z, x, y) }},
			{"max", func() { Max(z, x, y) }},
			{"div", func() { Div(z, x, y) }},
			{"mul scalar", func() { MulScalar(z, x, 1.5) }},
			{"mul rows of 64", func() { MulRow(z, x, y[:64]) }},
			{"neg", func() { Neg(z, x) }},
			{"sqrt", func() { Sqrt(z, positive) }},
			{"exp", func() { Exp(z, x) }},
			{"log", func() { Log(z, positive) }},
			{"logistic", func() { Logistic(z, x) }},
			{"softmax", func() { Softmax(z, x) }},
			{"sum", func() { z[0] = Sum(x) }},
			{"max of", func() { z[0] = MaxOf(x) }},
			{"from bf16", func() { ConvertBF16(z, half) }},
			{"to bf16", func() { ToBF16(half, x) }},
			{"transpose", func() { use.transpose(z, x, n/64, 64, n/64, 64) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", f.name, n), func(b *testing.B) { rate(b, float64(n), "Gelements/s", f.do) })
		}
	}
}
