package pyvalue_test

import (
	"testing"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

// typical returns what the tests of one problem return together: 16 small values.
func typical() pyvalue.Value {
	list := pyvalue.List
	return list(
		num(42), num(-1), float(3.5), pyvalue.Bool(true), none, str("hello world"), str(""), num(1_000_000_007),
		list(num(1), num(2), num(3), num(4), num(5)), list(str("a"), str("b"), str("c")), pyvalue.Tuple(num(1), str("x")),
		pyvalue.Dict(str("a"), num(1), str("b"), num(2), str("c"), list(num(1))), pyvalue.Set(num(1), num(2), num(3)),
		list(list(num(1), num(0)), list(num(0), num(1))), float(0.1), list(),
	)
}

func longList() pyvalue.Value {
	items := make([]pyvalue.Value, 100_000)
	for i := range items {
		items[i] = num(int64(i))
	}
	return pyvalue.List(items...)
}

func wideDict() pyvalue.Value {
	var pairs []pyvalue.Value
	for i := range 100_000 {
		pairs = append(pairs, num(int64(i)), none)
	}
	return pyvalue.Dict(pairs...)
}

var shapes = []struct {
	name  string
	build func() pyvalue.Value
}{{"typical16", typical}, {"ints100k", longList}, {"dict100k", wideDict}}

func BenchmarkDecode(b *testing.B) {
	for _, shape := range shapes {
		data := pyvalue.Encode(shape.build())
		b.Run(shape.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := pyvalue.Decode(data, pyvalue.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEqual(b *testing.B) {
	for _, shape := range shapes {
		x, y := shape.build(), shape.build()
		b.Run(shape.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !pyvalue.Equal(x, y) {
					b.Fatal("unequal")
				}
			}
		})
	}
}

func BenchmarkEqualBytes(b *testing.B) {
	for _, shape := range shapes {
		data := pyvalue.Encode(shape.build())
		b.Run(shape.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if equal, _ := pyvalue.EqualBytes(data, data); !equal {
					b.Fatal("undecided")
				}
			}
		})
	}
}
