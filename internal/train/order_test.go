package train_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/train"
)

func newOrder(t *testing.T, d train.Data) *train.Order {
	t.Helper()
	o, err := train.NewOrder(d)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// epoch returns the examples of the next epoch's steps, and how many each step has.
func epoch(o *train.Order, d train.Data) (rows, sizes []int) {
	for range d.StepsPerEpoch() {
		step := o.Next()
		rows, sizes = append(rows, step...), append(sizes, len(step))
	}
	return rows, sizes
}

func TestEveryExampleComesOnceAnEpoch(t *testing.T) {
	for _, row := range []struct {
		name  string
		data  train.Data
		sizes []int
	}{
		{"even", train.Data{Examples: 12, Batch: 4}, []int{4, 4, 4}},
		{"the last step has fewer", train.Data{Examples: 10, Batch: 4}, []int{4, 4, 2}},
		{"the last ones are left out", train.Data{Examples: 10, Batch: 4, DropLast: true}, []int{4, 4}},
		{"nothing to leave out", train.Data{Examples: 8, Batch: 4, DropLast: true}, []int{4, 4}},
		{"fewer than a step", train.Data{Examples: 3, Batch: 4}, []int{3}},
		{"one", train.Data{Examples: 1, Batch: 1}, []int{1}},
		{"one a step", train.Data{Examples: 3, Batch: 1}, []int{1, 1, 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := newOrder(t, row.data)
			for e := range 3 {
				if at := o.Cursor(); at.Epoch != e || at.Position != 0 {
					t.Fatalf("the cursor is %+v at the beginning of epoch %d", at, e)
				}
				rows, sizes := epoch(o, row.data)
				if !slices.Equal(sizes, row.sizes) {
					t.Errorf("epoch %d has steps of %v, want %v", e, sizes, row.sizes)
				}
				slices.Sort(rows)
				if len(slices.Compact(slices.Clone(rows))) != len(rows) || rows[0] < 0 || rows[len(rows)-1] >= row.data.Examples {
					t.Errorf("epoch %d has %v, want each at most once", e, rows)
				}
			}
		})
	}
}

// A run that goes on tomorrow, with another version, has to meet the same examples.
func TestOrderNeverChanges(t *testing.T) {
	d := train.Data{Examples: 10, Batch: 10, Seed: 42}
	o := newOrder(t, d)
	for e, want := range [][]int{{6, 5, 4, 8, 9, 3, 7, 1, 0, 2}, {1, 0, 2, 5, 8, 9, 3, 4, 6, 7}} {
		if got := o.Next(); !slices.Equal(got, want) {
			t.Errorf("epoch %d of %+v is %v, want %v", e, d, got, want)
		}
	}
}

func TestOrdersDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, seed := range []uint64{0, 1, 2, math.MaxUint64} {
		d := train.Data{Examples: 50, Batch: 7, Seed: seed}
		o := newOrder(t, d)
		for range 3 {
			rows, _ := epoch(o, d)
			key, err := json.Marshal(rows)
			if err != nil {
				t.Fatal(err)
			}
			if seen[string(key)] {
				t.Errorf("seed %d: an order that was there before", seed)
			}
			seen[string(key)] = true
		}
	}
	// The batch cuts the order and does not make it.
	a, _ := epoch(newOrder(t, train.Data{Examples: 50, Batch: 7}), train.Data{Examples: 50, Batch: 7})
	b, _ := epoch(newOrder(t, train.Data{Examples: 50, Batch: 50}), train.Data{Examples: 50, Batch: 50})
	if !slices.Equal(a, b) {
		t.Errorf("steps of 7 have the order %v, one of 50 has %v", a, b)
	}
}

func TestEveryPlaceIsEquallyLikely(t *testing.T) {
	const n, epochs = 8, 20000
	d := train.Data{Examples: n, Batch: n, Seed: 3}
	o := newOrder(t, d)
	var counts [n][n]int
	for range epochs {
		for place, row := range o.Next() {
			counts[place][row]++
		}
	}
	chi := 0.0
	for _, place := range counts {
		for _, count := range place {
			off := float64(count) - epochs/float64(n)
			chi += off * off / (epochs / float64(n))
		}
	}
	// χ² with (n-1)² = 49 degrees of freedom is above 85.4 once in a thousand times; the seed is fixed.
	if chi > 85.4 {
		t.Errorf("χ² = %.1f, want at most 85.4", chi)
	}
}

func TestResumedOrderIsTheStraightOne(t *testing.T) {
	for _, d := range []train.Data{
		{Examples: 10, Batch: 3, Seed: 1},
		{Examples: 10, Batch: 3, Seed: 1, DropLast: true},
		{Examples: 2, Batch: 5, Seed: math.MaxUint64},
	} {
		straight := newOrder(t, d)
		for step := range 12 {
			saved, err := json.Marshal(straight.Cursor())
			if err != nil {
				t.Fatal(err)
			}
			var at train.Cursor
			if err := json.Unmarshal(saved, &at); err != nil {
				t.Fatal(err)
			}
			resumed, err := train.ResumeOrder(d, at)
			if err != nil {
				t.Fatalf("ResumeOrder(%+v, %s): %v", d, saved, err)
			}
			want := straight.Next()
			if got := resumed.Next(); !slices.Equal(got, want) || resumed.Cursor() != straight.Cursor() {
				t.Errorf("%+v, step %d: resumed at %s it has %v, want %v", d, step, saved, got, want)
			}
		}
	}
}

func TestResumeRefusesAnotherOrder(t *testing.T) {
	d := train.Data{Examples: 10, Batch: 3, Seed: 1}
	other := func(change func(*train.Cursor)) train.Cursor {
		at := train.Cursor{Data: d}
		change(&at)
		return at
	}
	for _, row := range []struct {
		name string
		at   train.Cursor
		want string
	}{
		{"seed", other(func(c *train.Cursor) { c.Seed = 2 }), "Seed:2"},
		{"examples", other(func(c *train.Cursor) { c.Examples = 11 }), "Examples:11"},
		{"batch", other(func(c *train.Cursor) { c.Batch = 6 }), "Batch:6"},
		{"within a step", other(func(c *train.Cursor) { c.Position = 2 }), "position 2"},
		{"behind the end", other(func(c *train.Cursor) { c.Position = 12 }), "position 12"},
		{"position below 0", other(func(c *train.Cursor) { c.Position = -3 }), "position -3"},
		{"epoch below 0", other(func(c *train.Cursor) { c.Epoch = -1 }), "epoch -1"},
	} {
		if _, err := train.ResumeOrder(d, row.at); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: ResumeOrder = %v, want %q in it", row.name, err, row.want)
		}
	}
}

func TestDataCheckAndSteps(t *testing.T) {
	for _, row := range []struct {
		name string
		data train.Data
		want string
	}{
		{"none", train.Data{Batch: 1}, "examples"},
		{"too many", train.Data{Examples: math.MaxInt32 + 1, Batch: 1}, "examples"},
		{"no batch", train.Data{Examples: 1}, "batch"},
		{"no step", train.Data{Examples: 3, Batch: 4, DropLast: true}, "not enough"},
	} {
		if _, err := train.NewOrder(row.data); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: NewOrder(%+v) = %v, want %q in it", row.name, row.data, err, row.want)
		}
	}
	for _, row := range []struct {
		epochs float64
		want   int // of 10 examples, 4 a step; 0: an error
	}{
		{1, 3}, {3, 9}, {0.5, 2}, {0.001, 1}, {1.34, 5}, {0, 0}, {-1, 0}, {math.NaN(), 0}, {math.Inf(1), 0},
	} {
		got, err := train.Data{Examples: 10, Batch: 4}.Steps(row.epochs)
		if got != row.want || (err == nil) != (row.want > 0) {
			t.Errorf("Steps(%v) = %d, %v, want %d", row.epochs, got, err, row.want)
		}
	}
}
