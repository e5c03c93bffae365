package seed

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
)

func newDuplicates(t testing.TB, near float64) *Duplicates {
	t.Helper()
	d, err := NewDuplicates(context.Background(), near)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(d.folder); !os.IsNotExist(err) {
			t.Errorf("%s is left behind", d.folder)
		}
	})
	return d
}

// program is a program of n words in a row of its own.
func program(seed uint64, n int) string {
	random := rand.New(rand.NewPCG(seed, 7))
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "name%d = other%d + %d\n", random.IntN(1000), random.IntN(1000), random.IntN(1000))
	}
	return b.String()
}

func TestDuplicates(t *testing.T) {
	base := program(1, 60)
	tests := []struct {
		name string
		near float64
		seed acecoder.Seed
		want string // reason and detail; "" stays
	}{
		{"the same", 0.7, acecoder.Seed{Instruction: "Do.", Program: base}, "duplicate: the same as first"},
		{"other line ends, blanks at the end", 0.7, acecoder.Seed{Instruction: "Do.", Program: strings.ReplaceAll(base, "\n", "\r\n") + "\n  \n"}, "duplicate: the same as first"},
		{"another source and origin", 0.7, acecoder.Seed{Source: "x", Origin: "y", Instruction: "Do.", Program: base}, "duplicate: the same as first"},
		{"another instruction", 0.7, acecoder.Seed{Instruction: "Do it.", Program: base}, "near_duplicate: like first, similarity 1.00"},
		{"another instruction, exact ones only", 0, acecoder.Seed{Instruction: "Do it.", Program: base}, ""},
		{"blanks between tokens", 0.7, acecoder.Seed{Instruction: "Do.", Program: strings.ReplaceAll(base, " = ", "=")}, "near_duplicate: like first, similarity 1.00"},
		{"one line more", 0.7, acecoder.Seed{Instruction: "Do.", Program: base + "more = 1 + 2\n"}, "near_duplicate: like first, similarity 0.9"},
		{"one line more, but all has to be the same", 1, acecoder.Seed{Instruction: "Do.", Program: base + "more = 1 + 2\n"}, ""},
		{"something else", 0.7, acecoder.Seed{Instruction: "Do.", Program: program(2, 60)}, ""},
		{"short ones", 0.7, acecoder.Seed{Program: "x"}, ""},
		{"nothing", 0.7, acecoder.Seed{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDuplicates(t, tt.near)
			first := acecoder.Seed{ID: "first", Instruction: "Do.", Program: base}
			if got, err := d.Add(context.Background(), first, "place 1"); got != nil || err != nil {
				t.Fatalf("Add of the first = %+v, %v", got, err)
			}
			got, err := d.Add(context.Background(), tt.seed, "place 2")
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			if got != nil {
				text = string(got.Reason) + ": " + got.Detail
			}
			if !strings.HasPrefix(text, tt.want) || (text == "") != (tt.want == "") || (got != nil && got.ID != "place 2") {
				t.Errorf("Add = %+v, want %q", got, tt.want)
			}
		})
	}
}

// TestFirstStays: of a chain of programs that change a little at a time, those stay that are not like one that stays.
func TestFirstStays(t *testing.T) {
	d := newDuplicates(t, 0.7)
	lines := strings.SplitAfter(program(3, 100), "\n")
	for i := range 100 {
		s := acecoder.Seed{ID: fmt.Sprint(i), Program: strings.Join(lines[i/2:], "") + strings.Join(lines[:i/2], "")}
		lines[i] = fmt.Sprintf("changed%d = line%d\n", i, i)
		got, err := d.Add(context.Background(), s, "place")
		if err != nil {
			t.Fatal(err)
		}
		if got != nil && !strings.HasPrefix(got.Detail, "like ") && !strings.HasPrefix(got.Detail, "the same as ") {
			t.Errorf("detail %q", got.Detail)
		}
	}
	if d.n < 3 || d.n > 10 {
		t.Errorf("%d of 100 stay, want a few", d.n)
	}
}

// TestNearestIsTheMostSimilar: among several, the detail names the one that is most like, the first of equals.
func TestNearestIsTheMostSimilar(t *testing.T) {
	d := newDuplicates(t, 0.1)
	base := strings.SplitAfter(program(4, 100), "\n")
	part := func(from, to int, other uint64) string {
		return strings.Join(base[from:to], "") + program(other, 100-to+from)
	}
	for i, s := range []string{part(60, 100, 51), part(0, 60, 50)} {
		if got, err := d.Add(context.Background(), acecoder.Seed{ID: fmt.Sprint("kept", i), Program: s}, ""); got != nil || err != nil {
			t.Fatalf("Add = %+v, %v", got, err)
		}
	}
	got, err := d.Add(context.Background(), acecoder.Seed{ID: "new", Program: part(0, 90, 52)}, "")
	if err != nil || got == nil || !strings.Contains(got.Detail, "like kept1,") {
		t.Errorf("Add = %+v, %v, want like kept1, of which it has six tenths", got, err)
	}
}

// jaccard is the similarity by its definition.
func jaccard(a, b string) float64 {
	set := func(s string) map[string]bool {
		tokens, out := codeTokens(s), map[string]bool{}
		for i := 0; i+shingle <= len(tokens); i++ {
			out[strings.Join(tokens[i:i+shingle], " ")] = true
		}
		return out
	}
	x, y := set(a), set(b)
	both := 0
	for s := range x {
		if y[s] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

// TestSimilarity compares the estimate with the definition.
func TestSimilarity(t *testing.T) {
	sum, worst := 0.0, 0.0
	n := 0
	for cut := 0; cut <= 120; cut += 4 {
		for other := range uint64(4) {
			base := strings.SplitAfter(program(900+other+uint64(7*cut), 120), "\n")
			a, b := strings.Join(base, ""), strings.Join(base[:cut], "")+program(100+other+uint64(cut), 120-cut)
			want, got := jaccard(a, b), newSignature(a).similarity(newSignature(b))
			sum += got - want
			worst = max(worst, math.Abs(got-want))
			n++
		}
	}
	// The deviation of 128 draws is 0.044 at most; the mean of 124 such is ten times closer.
	if bias := sum / float64(n); worst > 0.18 || math.Abs(bias) > 0.02 {
		t.Errorf("estimates are off by %.3f at worst and %.3f on the whole", worst, bias)
	}
}

// TestRecall: programs above the threshold are found, and those well below it stay.
func TestRecall(t *testing.T) {
	d := newDuplicates(t, 0.7)
	found, above, wrong, below := 0, 0, 0, 0
	for i := range uint64(150) {
		base := program(1000+i, 80)
		if got, err := d.Add(context.Background(), acecoder.Seed{ID: fmt.Sprint(i), Program: base}, ""); got != nil || err != nil {
			t.Fatalf("Add of a new one = %+v, %v", got, err)
		}
		lines := strings.SplitAfter(base, "\n")
		cut := []int{75, 72, 40}[i%3]
		changed := strings.Join(lines[:cut], "") + program(5000+i, 80-cut)
		got, err := d.Add(context.Background(), acecoder.Seed{ID: "c" + fmt.Sprint(i), Program: changed}, "")
		if err != nil {
			t.Fatal(err)
		}
		switch similarity := jaccard(base, changed); {
		case similarity > 0.78:
			above++
			if got != nil {
				found++
			}
		case similarity < 0.55:
			below++
			if got != nil {
				wrong++
			}
		}
	}
	if above < 80 || below < 40 || found < above-2 || wrong > 0 {
		t.Errorf("found %d of %d above the threshold, %d of %d below it", found, above, wrong, below)
	}
}

func TestBanding(t *testing.T) {
	for _, near := range []float64{0.1, 0.5, 0.7, 0.9, 1} {
		b := newBanding(near)
		meet := func(s float64) float64 { return 1 - math.Pow(1-math.Pow(s, float64(b.rows)), float64(b.bands)) }
		if b.bands*b.rows > permutations || meet(near) < 0.95 {
			t.Errorf("newBanding(%v) = %+v: programs meet with %.3f at the threshold", near, b, meet(near))
		}
		if near >= 0.7 && meet(near/3) > 0.05 {
			t.Errorf("newBanding(%v) = %+v: programs meet with %.3f far below it", near, b, meet(near/3))
		}
	}
}

// TestSignaturesStay: what is a near duplicate must not change from one version to the next.
func TestSignaturesStay(t *testing.T) {
	s := newSignature("def f(x):\n    return x + 1\n")
	if got, want := fmt.Sprintf("%08x %08x %08x", s[0], s[1], s[127]), "0fad03ea 19d03f59 0fd5c008"; got != want {
		t.Errorf("the signature is %s …, want %s …", got, want)
	}
}

func TestCodeTokens(t *testing.T) {
	got := codeTokens("def f_1(x):\n\treturn x+ 'é\u2028日本' # c")
	want := []string{"def", "f_1", "(", "x", ")", ":", "return", "x", "+", "'", "é", "日本", "'", "#", "c"}
	if !slices.Equal(got, want) {
		t.Errorf("codeTokens = %q, want %q", got, want)
	}
}

// FuzzCodeTokens: no sign is lost but blanks.
func FuzzCodeTokens(f *testing.F) {
	f.Add("def f(x): pass")
	f.Add("\xff\xfe é")
	f.Fuzz(func(t *testing.T, text string) {
		blank := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got := strings.Join(codeTokens(text), ""); got != blank(text) {
			t.Errorf("codeTokens(%q) are together %q", text, got)
		}
		newSignature(text)
	})
}

func TestNearIsChecked(t *testing.T) {
	for _, near := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := NewDuplicates(context.Background(), near); err == nil {
			t.Errorf("NewDuplicates(%v) has no error", near)
		}
	}
}

// BenchmarkDuplicates adds seeds of some 240 tokens that are all new.
func BenchmarkDuplicates(b *testing.B) {
	d := newDuplicates(b, DefaultNear)
	for i := range b.N {
		if _, err := d.Add(context.Background(), acecoder.Seed{ID: fmt.Sprint(i), Program: program(uint64(i), 48)}, ""); err != nil {
			b.Fatal(err)
		}
	}
}
