package kernel

import (
	"math"
	"testing"
)

func TestReductions(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			for _, n := range lengths {
				a := random(1, n)
				sum, size := 0.0, 0.0
				most := float32(math.Inf(-1))
				for i := range a {
					sum += float64(a[i])
					size += math.Abs(float64(a[i]))
					most = max(most, a[i])
				}
				if got := Sum(a); math.Abs(float64(got)-sum) > size*1e-6 {
					t.Errorf("Sum of %d = %v, want %v", n, got, sum)
				}
				if got := MaxOf(a); got != most {
					t.Errorf("MaxOf of %d = %v, want %v", n, got, most)
				}
				// Engines agree on the order, so on the bits.
				if got, want := Sum(a), plain.reduce(total, a); got != want {
					t.Errorf("Sum of %d = %v, in plain Go %v", n, got, want)
				}
			}
		})
	}
}

func TestMaxOfFindsNaN(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			for _, n := range lengths[1:9] {
				for i := range n {
					a := random(1, n)
					a[i] = float32(math.NaN())
					if got := MaxOf(a); got == got {
						t.Fatalf("MaxOf of %d with NaN at %d = %v", n, i, got)
					}
					a[i] = 100
					if got := MaxOf(a); got != 100 {
						t.Fatalf("MaxOf of %d with 100 at %d = %v", n, i, got)
					}
				}
			}
		})
	}
}

func TestSoftmax(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			for _, n := range lengths {
				a, dst := random(1, n), make([]float32, n)
				for i := range a {
					a[i] = a[i]*20 + 1000
				}
				if n > 5 {
					a[5] = float32(math.Inf(-1))
				}
				Softmax(dst, a)
				sum, most := 0.0, float64(MaxOf(a))
				for _, x := range a {
					sum += math.Exp(float64(x) - most)
				}
				for i, x := range a {
					if want := math.Exp(float64(x)-most) / sum; math.Abs(float64(dst[i])-want) > 4e-7*want+1e-44 {
						t.Fatalf("Softmax of %d: [%d] = %v, want %v", n, i, dst[i], want)
					}
				}
				Softmax(a, a)
				if i := firstUnequal(a, dst); i >= 0 {
					t.Fatalf("Softmax of %d in place: [%d] = %v, want %v", n, i, a[i], dst[i])
				}
			}
			one := []float32{float32(math.Inf(1)), 0}
			if Softmax(one, one); one[0] == one[0] || one[1] != 0 && one[1] == one[1] {
				t.Errorf("Softmax with an infinity = %v", one)
			}
		})
	}
}

func TestTranspose(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			for rows := range 20 {
				for cols := range 20 {
					testTranspose(t, rows+1, cols+1)
				}
			}
			testTranspose(t, 133, 70)
			testTranspose(t, 4, 257)
		})
	}
}

func testTranspose(t *testing.T, rows, cols int) {
	t.Helper()
	srcStride, dstStride := cols+3, rows+2
	src := random(1, (rows-1)*srcStride+cols)
	dst := make([]float32, (cols-1)*dstStride+rows)
	use.transpose(dst, src, rows, cols, dstStride, srcStride)
	for at, got := range dst {
		want := float32(0)
		if i, j := at%dstStride, at/dstStride; i < rows {
			want = src[i*srcStride+j]
		}
		if got != want {
			t.Fatalf("transpose of [%d, %d]: [%d] = %v, want %v", rows, cols, at, got, want)
		}
	}
}

func TestBF16(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			all, floats, back := make([]uint16, 1<<16), make([]float32, 1<<16), make([]uint16, 1<<16)
			for i := range all {
				all[i] = uint16(i)
			}
			ConvertBF16(floats, all)
			ToBF16(back, floats)
			for i, x := range floats {
				if math.Float32bits(x) != uint32(i)<<16 {
					t.Fatalf("ConvertBF16 of %#x = %v", i, x)
				}
				if x == x && back[i] != uint16(i) || x != x && math.Float32frombits(uint32(back[i])<<16) == 0 {
					t.Fatalf("ToBF16 of ConvertBF16 of %#x = %#x", i, back[i])
				}
			}
			for _, c := range []struct {
				name string
				bits uint32
				want uint16
			}{
				{"below half", 0x3f807fff, 0x3f80},
				{"half, even below", 0x3f808000, 0x3f80},
				{"half, even above", 0x3f818000, 0x3f82},
				{"above half", 0x3f808001, 0x3f81},
				{"negative half", 0xbf818000, 0xbf82},
				{"largest becomes infinite", 0x7f7fffff, 0x7f80},
				{"NaN of low bits only", 0x7f800001, 0x7fc0},
				{"smallest", 0x00000001, 0x0000},
				{"subnormal", 0x00018000, 0x0002},
			} {
				for _, n := range []int{1, 8, 9} {
					src, dst := make([]float32, n), make([]uint16, n)
					src[n-1] = math.Float32frombits(c.bits)
					if ToBF16(dst, src); dst[n-1] != c.want {
						t.Errorf("%s: ToBF16 of %#x, last of %d = %#x, want %#x", c.name, c.bits, n, dst[n-1], c.want)
					}
				}
			}
		})
	}
}
