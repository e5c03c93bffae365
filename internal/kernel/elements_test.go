package kernel

import (
	"math"
	"testing"
)

// odd are numbers at the ends of what there is.
func odd() []float32 {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	return []float32{
		0, float32(math.Copysign(0, -1)), 1, -1, inf, -inf, nan, math.MaxFloat32, -math.MaxFloat32,
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, 0x1.fffffep-127, 0x1p-149, 0.5, 2, 1e-20, 1e20,
		88.72283, 88.722839, 88.7229, 89, -87.33655, -87.4, -103.2, -103.97, -103.98, -104, -105, 1e9, -1e9, 0x1.fffffep-1, 0x1.000002p0,
		0.70710677, 0.7071068, 1.4142135, 1.4142137,
	}
}

// someOf are odd numbers and others, n together.
func someOf(seed uint64, n int) []float32 {
	s := random(seed, n)
	for i := range s {
		switch i % 3 {
		case 0:
			s[i] *= 30
		case 1:
			s[i] = odd()[(i/3*7+int(seed))%len(odd())]
		}
	}
	return s
}

var lengths = []int{0, 1, 3, 7, 8, 9, 31, 32, 33, 63, 64, 65, 100, 257, 1031}

var binary = []struct {
	name    string
	do      func(dst, a, b []float32)
	row     func(dst, a, row []float32)
	column  func(dst, a, column []float32)
	scalar  func(dst, a []float32, s float32)
	of      func(a, b float32) float32
	reverse bool // the functions with a row, column or scalar have it first
}{
	{"add", Add, AddRow, AddColumn, AddScalar, func(a, b float32) float32 { return a + b }, false},
	{"sub", Sub, SubRow, SubColumn, SubScalar, func(a, b float32) float32 { return a - b }, false},
	{"mul", Mul, MulRow, MulColumn, MulScalar, func(a, b float32) float32 { return a * b }, false},
	{"div", Div, DivRow, DivColumn, DivScalar, func(a, b float32) float32 { return a / b }, false},
	{"max", Max, MaxRow, MaxColumn, MaxScalar, func(a, b float32) float32 { return max(a, b) }, false},
	{"min", Min, MinRow, MinColumn, MinScalar, func(a, b float32) float32 { return min(a, b) }, false},
	{"sub", Sub, SubFromRow, SubFromColumn, SubFrom, func(a, b float32) float32 { return a - b }, true},
	{"div", Div, DivByRow, DivByColumn, DivBy, func(a, b float32) float32 { return a / b }, true},
}

func TestBinary(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			for _, f := range binary {
				for _, n := range lengths {
					a, b, dst := someOf(1, n), someOf(2, n), make([]float32, n)
					f.do(dst, a, b)
					for i := range dst {
						if want := f.of(a[i], b[i]); !equal(dst[i], want) {
							t.Fatalf("%s of %d: [%d] of %v and %v = %v, want %v", f.name, n, i, a[i], b[i], dst[i], want)
						}
					}
					f.do(a, a, b)
					if i := firstUnequal(a, dst); i >= 0 {
						t.Fatalf("%s of %d in place: [%d] = %v, want %v", f.name, n, i, a[i], dst[i])
					}
					for _, s := range odd() {
						of := f.of
						if f.reverse {
							of = func(a, b float32) float32 { return f.of(b, a) }
						}
						f.scalar(dst, b, s)
						for i := range dst {
							if want := of(b[i], s); !equal(dst[i], want) {
								t.Fatalf("%s of %d: [%d] of %v and scalar %v = %v, want %v", f.name, n, i, b[i], s, dst[i], want)
							}
						}
					}
				}
			}
		})
	}
}

func TestRowsAndColumns(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			for _, f := range binary {
				for _, s := range [][2]int{{0, 3}, {1, 1}, {5, 7}, {3, 64}, {17, 33}} {
					rows, n := s[0], s[1]
					a, row, column := random(1, rows*n), random(2, n), random(3, rows)
					byRow, byColumn := make([]float32, rows*n), make([]float32, rows*n)
					f.row(byRow, a, row)
					f.column(byColumn, a, column)
					for i := range a {
						x, y := f.of(a[i], row[i%n]), f.of(a[i], column[i/n])
						if f.reverse {
							x, y = f.of(row[i%n], a[i]), f.of(column[i/n], a[i])
						}
						if byRow[i] != x || byColumn[i] != y {
							t.Fatalf("%s of [%d, %d], reverse %t: [%d] = %v with a row, %v with a column, want %v, %v", f.name, rows, n, f.reverse, i, byRow[i], byColumn[i], x, y)
						}
					}
				}
			}
		})
	}
}

var unaries = []struct {
	name  string
	do    func(dst, a []float32)
	of    func(x float64) float64
	limit float64 // of errors, in units of the last place
}{
	{"neg", Neg, func(x float64) float64 { return -x }, 0.5},
	{"abs", Abs, math.Abs, 0.5},
	{"sqrt", Sqrt, math.Sqrt, 0.5},
	{"exp", Exp, math.Exp, 1},
	{"log", Log, math.Log, 1},
	{"logistic", Logistic, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2.5},
	{"sin", Sin, math.Sin, 0.5},
	{"cos", Cos, math.Cos, 0.5},
}

// ulps is the distance of x from want in units of want's last place as a float32; 0 if they are the same, Inf if they cannot
// be compared.
func ulps(x float32, want float64) float64 {
	if w := float32(want); equal(x, w) || x == w {
		return 0
	}
	if x != x || want != want || math.IsInf(float64(x), 0) && math.Abs(want) < math.MaxFloat32 {
		return math.Inf(1)
	}
	_, e := math.Frexp(want)
	unit := math.Ldexp(1, max(e-24, -149))
	return math.Abs(float64(x)-want) / unit
}

func TestUnary(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			for _, f := range unaries {
				for _, n := range lengths {
					a, dst := someOf(1, n), make([]float32, n)
					f.do(dst, a)
					for i := range dst {
						// The limit is of the exact value, which float64 has to 2⁻²⁹ units.
						if got := ulps(dst[i], f.of(float64(a[i]))); got > f.limit+1e-6 {
							t.Fatalf("%s of %d: [%d] of %v = %v, want %v: %.2f units", f.name, n, i, a[i], dst[i], f.of(float64(a[i])), got)
						}
					}
					// What an element becomes does not depend on where it lies.
					for i := range a {
						var one [1]float32
						f.do(one[:], a[i:i+1])
						if !equal(one[0], dst[i]) {
							t.Fatalf("%s of %v = %v alone, %v as [%d] of %d", f.name, a[i], one[0], dst[i], i, n)
						}
					}
				}
			}
		})
	}
}

// Every 4,999th float32 there is, for the functions that are approximations.
func TestFunctionsEverywhere(t *testing.T) {
	for name := range onEach() {
		t.Run(name, func(t *testing.T) {
			const n = 4096
			a, dst := make([]float32, n), make([]float32, n)
			for _, f := range unaries[3:6] {
				worst, at := 0.0, float32(0)
				for bits := uint64(0); bits < 1<<32; bits += 4999 * n {
					for i := range a {
						a[i] = math.Float32frombits(uint32(bits + 4999*uint64(i)))
					}
					f.do(dst, a)
					for i := range dst {
						if got := ulps(dst[i], f.of(float64(a[i]))); got > worst {
							worst, at = got, a[i]
						}
					}
				}
				t.Logf("%s: %.3f units of the last place at %v", f.name, worst, at)
				if worst > f.limit {
					t.Errorf("%s of %v is %.3f units of the last place wrong", f.name, at, worst)
				}
			}
		})
	}
}

func FuzzFunctions(f *testing.F) {
	for _, x := range odd() {
		f.Add(math.Float32bits(x))
	}
	f.Fuzz(func(t *testing.T, bits uint32) {
		x := math.Float32frombits(bits)
		for _, e := range engines() {
			for i, f := range unaries[3:6] {
				a, dst := []float32{0, x}, make([]float32, 2)
				e.unary(exp+function(i), dst, a)
				if got, want := dst[1], f.of(float64(x)); ulps(got, want) > f.limit {
					t.Errorf("%s: %s(%v) = %v, want %v", e.name, f.name, x, got, want)
				}
			}
		}
	})
}

func TestLengthsAreChecked(t *testing.T) {
	two, three := make([]float32, 2), make([]float32, 3)
	for name, f := range map[string]func(){
		"Add":         func() { Add(three, three, two) },
		"Exp":         func() { Exp(two, three) },
		"MulScalar":   func() { MulScalar(two, three, 1) },
		"AddRow":      func() { AddRow(three, three, two) },
		"AddColumn":   func() { AddColumn(three, three, two) },
		"MulRow":      func() { MulRow(three, three, nil) },
		"Softmax":     func() { Softmax(two, three) },
		"ConvertBF16": func() { ConvertBF16(three, make([]uint16, 2)) },
		"ToBF16":      func() { ToBF16(make([]uint16, 2), three) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("did not panic")
				}
			}()
			f()
		})
	}
}
