package cpu

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// elements are the positions of a view's elements in order, found by counting.
func elements(v view) []int {
	out := []int{v.offset}
	for i, d := range v.dims {
		var next []int
		for _, at := range out {
			for k := range d {
				next = append(next, at+k*v.strides[i])
			}
		}
		out = next
	}
	return out
}

// walked are the same, found by walk.
func walked(v view, lo, hi int) []int {
	var out []int
	v.walk(lo, hi, func(at, n, stride int) {
		for range n {
			out = append(out, at)
			at += stride
		}
	})
	return out
}

// randomView puts views upon views.
func randomView(r *rand.Rand) view {
	dims := make([]int, 1+r.IntN(4))
	for i := range dims {
		dims[i] = 1 + r.IntN(4)
	}
	v := view{offset: r.IntN(3), dims: dims, strides: contiguous(dims)}
	for range r.IntN(4) {
		switch r.IntN(3) {
		case 0:
			v = v.transpose(r.Perm(len(v.dims)))
		case 1:
			starts, limits := make([]int, len(v.dims)), slices.Clone(v.dims)
			axis := r.IntN(len(dims))
			starts[axis] = r.IntN(limits[axis])
			v = v.slice(starts, limits, nil)
		case 2:
			wide := slices.Clone(v.dims)
			for i, d := range wide {
				if d == 1 {
					wide[i] = 3
				}
			}
			v = v.stretch(wide)
		}
	}
	return v
}

// A view in fewer axes, and under other dimensions, has the same elements, and they are found from anywhere.
func TestViewsKeepTheirElements(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	reshaped := 0
	for range 5000 {
		v := randomView(r)
		want := elements(v)
		s := v.simple()
		if got := elements(s); !slices.Equal(got, want) {
			t.Fatalf("%+v as %+v: elements %v, want %v", v, s, got, want)
		}
		lo := r.IntN(len(want))
		hi := lo + r.IntN(len(want)-lo+1)
		if got := walked(s, lo, hi); !slices.Equal(got, want[lo:hi]) {
			t.Fatalf("%+v from %d to %d: elements %v, want %v", s, lo, hi, got, want[lo:hi])
		}
		if v.inOrder() != slices.Equal(want, axesFrom(v.offset, len(want))) {
			t.Fatalf("%+v: inOrder is %v, of elements %v", v, v.inOrder(), want)
		}
		dims := slices.Clone(v.dims)
		r.Shuffle(len(dims), func(i, j int) { dims[i], dims[j] = dims[j], dims[i] })
		if r.IntN(2) == 0 {
			dims = []int{len(want), 1}
		}
		if w, ok := v.reshape(dims); ok {
			reshaped++
			if got := elements(w); !slices.Equal(got, want) {
				t.Fatalf("%+v as %v: elements %v, want %v", v, dims, got, want)
			}
		} else if v.inOrder() {
			t.Fatalf("%+v cannot be seen as %v, want so: it lies in order", v, dims)
		}
	}
	if reshaped < 1000 {
		t.Errorf("%d views were reshaped, want many", reshaped)
	}
}
