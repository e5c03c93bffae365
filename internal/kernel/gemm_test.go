package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// laid puts a matrix [m,n] into memory in one of several ways, with numbers between that must not be read or written.
func laid(values []float32, m, n int, way int) Matrix {
	x := Matrix{Rows: n, Cols: 1}
	switch way {
	case 1:
		x.Rows, x.Cols = 1, m
	case 2:
		x.Rows = n + 3
	case 3:
		x.Rows, x.Cols = 1, m+5
	case 4:
		x.Rows, x.Cols = 2*n+1, 2
	}
	if m == 0 || n == 0 {
		return x
	}
	x.Data = make([]float32, (m-1)*x.Rows+(n-1)*x.Cols+1)
	for i := range x.Data {
		x.Data[i] = float32(math.NaN())
	}
	for i := range m {
		for j := range n {
			x.Data[i*x.Rows+j*x.Cols] = values[i*n+j]
		}
	}
	return x
}

const ways = 5

// reference is A·B in float64, and the sum of absolute products, which errors are measured against.
func reference(a, b []float32, m, n, k int) (c, size []float64) {
	c, size = make([]float64, m*n), make([]float64, m*n)
	for i := range m {
		for p := range k {
			for j := range n {
				x := float64(a[i*k+p]) * float64(b[p*n+j])
				c[i*n+j] += x
				size[i*n+j] += math.Abs(x)
			}
		}
	}
	return c, size
}

func testGemm(t *testing.T, m, n, k int, w *Workspace) {
	t.Helper()
	a, b, before := random(1, m*k), random(2, k*n), random(3, m*n)
	want, size := reference(a, b, m, n, k)
	ldc := n + 2
	var first []float32
	for way := range ways * ways * 2 {
		accumulate := way%2 == 1
		c := make([]float32, m*ldc)
		for i := range c {
			c[i] = 7
			if i%ldc < n {
				c[i] = before[i/ldc*n+i%ldc]
			}
		}
		Gemm(c, ldc, laid(a, m, k, way/2%ways), laid(b, k, n, way/2/ways), m, n, k, accumulate, w)
		for i := range c {
			if i%ldc >= n {
				if c[i] != 7 {
					t.Fatalf("[%d,%d,%d] way %d: wrote between rows", m, n, k, way)
				}
				continue
			}
			at := i/ldc*n + i%ldc
			exact, limit := want[at], size[at]
			if accumulate {
				exact, limit = exact+float64(before[at]), limit+math.Abs(float64(before[at]))
			}
			if !(math.Abs(float64(c[i])-exact) <= limit*2e-6) {
				t.Fatalf("[%d,%d,%d] way %d: C[%d,%d] = %v, want %v", m, n, k, way, i/ldc, i%ldc, c[i], exact)
			}
		}
		// How the operands lie makes no difference to a bit.
		if way < 2 {
			first = append(first, c...)
		} else if i := firstUnequal(c, first[way%2*m*ldc:]); i >= 0 {
			t.Fatalf("[%d,%d,%d] way %d: C[%d,%d] = %v, and %v with operands in rows", m, n, k, way, i/ldc, i%ldc, c[i], first[way%2*m*ldc+i])
		}
	}
}

func TestGemmIsRight(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			var w Workspace
			for _, s := range [][3]int{
				{0, 3, 4},
				{3, 0, 4},
				{3, 4, 0},
				{1, 1, 1},
				{1, 33, 5},
				{4, 32, 16},
				{5, 31, 17},
				{37, 67, 53},
				{70, 70, 70},
				{128, 16, 128},
				{128, 128, 16},
				{3, 530, 11},
				{2, 17, 600},
				{33, 97, 257},
				{65, 513, 259},
			} {
				testGemm(t, s[0], s[1], s[2], &w)
			}
			r := rand.New(rand.NewPCG(7, 7))
			for range 40 {
				testGemm(t, r.IntN(71), r.IntN(71), r.IntN(71), &w)
			}
		})
	}
}

// A row of C does not depend on the rows beside it, a column not on the columns; and AVX-512 gives what AVX2 does.
func TestGemmIsTheSameInParts(t *testing.T) {
	const m, n, k = 53, 75, 300
	a, b := random(1, m*k), random(2, k*n)
	across := map[string][]float32{}
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			var w Workspace
			whole := make([]float32, m*n)
			Gemm(whole, n, Matrix{a, k, 1}, Matrix{b, n, 1}, m, n, k, false, &w)
			across[use.name] = whole
			for _, part := range []int{1, 2, 7, 32} {
				c := make([]float32, m*n)
				for i := 0; i < m; i += part {
					Gemm(c[i*n:], n, Matrix{a[i*k:], k, 1}, Matrix{b, n, 1}, min(part, m-i), n, k, false, &w)
				}
				if i := firstUnequal(c, whole); i >= 0 {
					t.Errorf("%d rows at a time: C[%d] = %v, whole %v", part, i, c[i], whole[i])
				}
				for j := 0; j < n; j += part {
					Gemm(c[j:], n, Matrix{a, k, 1}, Matrix{b[j:], n, 1}, m, min(part, n-j), k, false, &w)
				}
				if i := firstUnequal(c, whole); i >= 0 {
					t.Errorf("%d columns at a time: C[%d] = %v, whole %v", part, i, c[i], whole[i])
				}
			}
		})
	}
	if x, y := across["avx512"], across["avx2"]; x != nil {
		if i := firstUnequal(x, y); i >= 0 {
			t.Errorf("C[%d] = %v with AVX-512, %v with AVX2", i, x[i], y[i])
		}
	}
}

func TestGemmAllocatesNothing(t *testing.T) {
	var w Workspace
	a, b, c := random(1, 100*100), random(2, 100*100), make([]float32, 100*100)
	if got := testing.AllocsPerRun(5, func() {
		Gemm(c, 100, Matrix{a, 1, 100}, Matrix{b, 1, 100}, 100, 100, 100, true, &w)
	}); got > 0 {
		t.Errorf("%v allocations", got)
	}
}

func TestGemmChecksSlices(t *testing.T) {
	full := make([]float32, 12)
	for _, s := range []struct {
		name    string
		c, a, b Matrix
	}{
		{"C [3, 4]", Matrix{full[:11], 4, 1}, Matrix{full, 1, 3}, Matrix{full, 4, 1}},
		{"only 3 apart", Matrix{full, 3, 1}, Matrix{full, 1, 3}, Matrix{full, 4, 1}},
		{"A [3, 3]", Matrix{full, 4, 1}, Matrix{full[:8], 3, 1}, Matrix{full, 4, 1}},
		{"B [3, 4]", Matrix{full, 4, 1}, Matrix{full, 3, 1}, Matrix{full, 5, 1}},
		{"B [3, 4]", Matrix{full, 4, 1}, Matrix{full, 3, 1}, Matrix{full, 4, -1}},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, s.name) {
					t.Errorf("panics with %q, want something about %s", got, s.name)
				}
			}()
			Gemm(s.c.Data, s.c.Rows, s.a, s.b, 3, 4, 3, false, new(Workspace))
		}()
	}
}
