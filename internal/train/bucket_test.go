package train_test

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/train"
)

// lengths draws sizes of examples as instruction sets have them: log-normal, cut at longest.
func lengths(n int, median, spread float64, longest int) []train.Size {
	random := rand.New(rand.NewPCG(7, 7))
	sizes := make([]train.Size, n)
	for i := range sizes {
		length := int(median * math.Exp(spread*random.NormFloat64()))
		sizes[i].Length = min(max(length, 2), longest)
		sizes[i].Targets = random.IntN(sizes[i].Length)
	}
	return sizes
}

func newBatcher(t *testing.T, sizes []train.Size, tokens int) *train.Batcher {
	t.Helper()
	b, err := train.NewBatcher(sizes, tokens)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type shape struct{ rows, length int }

func TestLengths(t *testing.T) {
	for _, row := range []struct {
		longest int
		want    []int
	}{
		{0, nil},
		{1, []int{1}},
		{16, []int{16}},
		{17, []int{16, 17}},
		{50, []int{16, 20, 24, 28, 32, 40, 48, 50}},
		{128, []int{16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128}},
		{2048, []int{256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048}},
		{2055, []int{256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048, 2055}},
	} {
		if got := train.Lengths(row.longest); !slices.Equal(got, row.want) {
			t.Errorf("Lengths(%d) = %v, want %v", row.longest, got, row.want)
		}
	}
	for longest := range 5000 {
		if got := len(train.Lengths(longest)); got > 14 {
			t.Fatalf("Lengths(%d) are %d, want at most 14", longest, got)
		}
	}
}

// Whatever the sizes and bounds: each example is in one micro-batch, which is long enough, within its bound, and of an
// allowed shape; and the totals do not depend on the division.
func TestDivisionIsSound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		sizes := lengths(1+random.IntN(60), 5+100*random.Float64(), 1.5*random.Float64(), 1+random.IntN(400))
		for i := range sizes {
			sizes[i].Length = max(sizes[i].Length, sizes[i].Targets, 1)
		}
		longest := slices.MaxFunc(sizes, func(a, b train.Size) int { return a.Length - b.Length }).Length
		tokens := longest + random.IntN(2000)
		b := newBatcher(t, sizes, tokens)
		rows := random.Perm(len(sizes))[:1+random.IntN(len(sizes))]
		got := b.Step(slices.Clone(rows))

		var seen []int
		var padded, real, targets int64
		for _, m := range got.Micros {
			if bits.OnesCount(uint(len(m.Rows))) != 1 || len(m.Rows)*m.Length > tokens || !slices.Contains(train.Lengths(longest), m.Length) {
				t.Fatalf("a micro-batch of %d rows of %d, at most %d tokens, longest %d", len(m.Rows), m.Length, tokens, longest)
			}
			for _, row := range m.Rows {
				if sizes[row].Length > m.Length {
					t.Fatalf("an example of %d tokens in a micro-batch of length %d", sizes[row].Length, m.Length)
				}
			}
			seen = append(seen, m.Rows...)
			padded += int64(len(m.Rows) * m.Length)
		}
		for _, row := range rows {
			real += int64(sizes[row].Length)
			targets += int64(sizes[row].Targets)
		}
		slices.Sort(seen)
		slices.Sort(rows)
		if !slices.Equal(seen, rows) {
			t.Fatalf("micro-batches have the examples %v, want %v", seen, rows)
		}
		if got.Padded != padded || got.Tokens != real || got.Targets != targets {
			t.Fatalf("Step = %d padded, %d tokens, %d targets, want %d, %d, %d", got.Padded, got.Tokens, got.Targets, padded, real, targets)
		}
	}
}

func TestStepDependsOnItsSetOnly(t *testing.T) {
	sizes := make([]train.Size, 40)
	for i := range sizes {
		sizes[i] = train.Size{Length: 10 + 3*i, Targets: i} // no two of equal length
	}
	b := newBatcher(t, sizes, 400)
	random := rand.New(rand.NewPCG(2, 2))
	want := fmt.Sprint(b.Step(random.Perm(40)))
	for range 20 {
		if got := fmt.Sprint(b.Step(random.Perm(40))); got != want {
			t.Fatalf("Step = %s, want %s", got, want)
		}
	}
}

func TestDivisionIsTheCheapest(t *testing.T) {
	for _, row := range []struct {
		name    string
		lengths []int
		tokens  int
		want    string // rows×length of each
	}{
		{"all alike fill one", []int{64, 64, 64, 64}, 256, "[4×64]"},
		{"one more begins another", []int{64, 64, 64, 64, 64}, 256, "[4×64 1×64]"},
		{"too few for one are a quarter of it", []int{64, 64, 64}, 256, "[1×64 1×64 1×64]"},
		{"a quarter, and a quarter of that", []int{64, 64, 64, 64, 64}, 1024, "[4×64 1×64]"},
		{"a long one stands alone", []int{256, 16, 16, 16, 16}, 256, "[1×256 2×32 2×32]"},
		{"nearly alike stay together", []int{64, 60}, 128, "[2×64]"},
		{"one", []int{5}, 5, "[1×5]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			sizes := make([]train.Size, len(row.lengths))
			rows := make([]int, len(row.lengths))
			for i, n := range row.lengths {
				sizes[i].Length, rows[i] = n, i
			}
			var got []string
			for _, m := range newBatcher(t, sizes, row.tokens).Step(rows).Micros {
				got = append(got, fmt.Sprintf("%d×%d", len(m.Rows), m.Length))
			}
			if fmt.Sprint(got) != row.want {
				t.Errorf("Step of lengths %v = %v, want %v", row.lengths, got, row.want)
			}
		})
	}
}

func TestPaddingIsLittleAndShapesAreFew(t *testing.T) {
	for _, row := range []struct {
		name            string
		median, spread  float64
		longest, tokens int
		batch           int
		waste           float64 // at most
		shapes          int     // at most
	}{
		{"instructions with programs", 400, 0.7, 2048, 8192, 128, 0.15, 40},
		{"the same, small steps", 400, 0.7, 2048, 8192, 32, 0.17, 40},
		{"the same, large micro-batches", 400, 0.7, 2048, 32768, 256, 0.17, 50},
		{"the miniature", 60, 0.25, 128, 2048, 64, 0.15, 30},
	} {
		t.Run(row.name, func(t *testing.T) {
			sizes := lengths(20000, row.median, row.spread, row.longest)
			b := newBatcher(t, sizes, row.tokens)
			o := newOrder(t, train.Data{Examples: len(sizes), Batch: row.batch})
			shapes := map[shape]bool{}
			var real, padded, micros int64
			for range 20000 / row.batch {
				step := b.Step(o.Next())
				real, padded, micros = real+step.Tokens, padded+step.Padded, micros+int64(len(step.Micros))
				for _, m := range step.Micros {
					shapes[shape{len(m.Rows), m.Length}] = true
				}
			}
			waste := 1 - float64(real)/float64(padded)
			t.Logf("%.1f%% padding, %d shapes of at most %d, %.1f micro-batches a step, %.0f tokens each",
				100*waste, len(shapes), b.Shapes(), float64(micros)/float64(20000/row.batch), float64(padded)/float64(micros))
			if waste > row.waste || len(shapes) > row.shapes || len(shapes) > b.Shapes() {
				t.Errorf("%.3f padding and %d shapes, want at most %.2f and %d", waste, len(shapes), row.waste, min(row.shapes, b.Shapes()))
			}
		})
	}
}

func TestNewBatcherRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		size train.Size
		want string
	}{
		{"an empty example", train.Size{}, "example 1 has 0 tokens"},
		{"more targets than tokens", train.Size{Length: 3, Targets: 4}, "4 of them targets"},
		{"targets below 0", train.Size{Length: 3, Targets: -1}, "-1 of them targets"},
		{"one that is too long", train.Size{Length: 101}, "example 1 has 101 tokens, and a micro-batch at most 100"},
	} {
		if _, err := train.NewBatcher([]train.Size{{Length: 1}, row.size}, 100); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: NewBatcher = %v, want %q in it", row.name, err, row.want)
		}
	}
	if b := newBatcher(t, nil, 100); b.Shapes() != 0 || len(b.Step(nil).Micros) != 0 {
		t.Errorf("of nothing there are %d shapes and the step %+v, want none", b.Shapes(), b.Step(nil))
	}
}
