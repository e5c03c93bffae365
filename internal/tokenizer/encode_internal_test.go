package tokenizer

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

func readSmall(t testing.TB) *Tokenizer {
	t.Helper()
	text, err := os.ReadFile("testdata/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// withoutAdded returns the tokenizer without added tokens: they take white space, so that a text does not come back.
func withoutAdded(t *Tokenizer) *Tokenizer {
	other := *t
	other.raw, other.normal = nil, nil
	return &other
}

// randomText is of pieces that merge much, little and not at all.
func randomText(random *rand.Rand, parts int) string {
	words := []string{
		"return ", "    ", "self.", "\n\n", "def f(x):\n", "0", "12", "é", "日本", "😀", "e\u0301", "'s", " the", "ing", "<|im_end|>",
		"word", "<left>", " ", "\t", "aaaaaaaa", "!!", "()",
	}
	var b strings.Builder
	for range parts {
		b.WriteString(words[random.IntN(len(words))])
	}
	return b.String()
}

// TestQueueMergesAsTheScanDoes compares the two ways to merge a piece.
func TestQueueMergesAsTheScanDoes(t *testing.T) {
	tok, random, w := readSmall(t), rand.New(rand.NewPCG(5, 6)), new(workspace)
	for range 3000 {
		piece := strings.ReplaceAll(randomText(random, 1+random.IntN(12)), " ", "")
		if len(piece) == 0 || len(piece) > shortPiece {
			continue
		}
		if random.IntN(2) == 0 {
			piece = strings.Repeat(piece, shortPiece)[:1+random.IntN(shortPiece)]
		}
		scan, queue := tok.appendShort(nil, piece), tok.appendLong(nil, piece, w)
		if !slices.Equal(scan, queue) {
			t.Fatalf("%q is %v by the scan and %v by the queue", piece, scan, queue)
		}
	}
}

// TestMetamorphic checks what must not change the ids: the cache, where they are appended, and who asks at a time.
func TestMetamorphic(t *testing.T) {
	tok, random := readSmall(t), rand.New(rand.NewPCG(7, 8))
	plain := *tok
	plain.cache = nil
	var texts []string
	var all []int32
	for range 300 {
		text := randomText(random, random.IntN(30))
		want := plain.Encode(text)
		texts = append(texts, text)
		for range 2 { // the second time from the cache
			if got := tok.Encode(text); !slices.Equal(got, want) {
				t.Errorf("Encode(%q) = %v with the cache, %v without", text, got, want)
			}
		}
		had := len(all)
		if all = tok.EncodeAppend(all, text); !slices.Equal(all[had:], want) {
			t.Errorf("EncodeAppend(…, %q) appends %v, want %v", text, all[had:], want)
		}
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i, text := range texts {
				if got, want := tok.Encode(text), plain.Encode(text); !slices.Equal(got, want) {
					t.Errorf("Encode(%q) = %v beside others, want %v", texts[i], got, want)
				}
			}
		})
	}
	group.Wait()
}

// TestConcatenation checks that a text cut between two pieces has the ids of its parts.
func TestConcatenation(t *testing.T) {
	tok, random := withoutAdded(readSmall(t)), rand.New(rand.NewPCG(9, 10))
	for range 300 {
		text := tok.splitter.classes.normalize(randomText(random, 12))
		cut := 0
		for cut < len(text) && random.IntN(6) != 0 {
			cut += tok.splitter.next(text[cut:])
		}
		// What stands behind a piece may decide where it ends, so the parts are cut alone only if they are pieces then.
		whole := piecesOf(qwen2Pattern, text)
		parts := slices.Concat(piecesOf(qwen2Pattern, text[:cut]), piecesOf(qwen2Pattern, text[cut:]))
		if !slices.Equal(whole, parts) {
			continue
		}
		got, want := append(tok.Encode(text[:cut]), tok.Encode(text[cut:])...), tok.Encode(text)
		if !slices.Equal(got, want) {
			t.Errorf("the parts of %q, cut at %d, have %v, the whole %v", text, cut, got, want)
		}
	}
}

// FuzzEncode checks that texts come back, whole and token by token.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{"def f(x):\n    return x\n", "e\u0301\u0323 한 😀", "\xff\xfe", "<|im_start|>user\n", " \u0301 \r\n"} {
		f.Add(text)
	}
	tok := readSmall(f)
	bare := withoutAdded(tok)
	f.Fuzz(func(t *testing.T, text string) {
		ids := bare.Encode(text)
		if got, want := bare.Decode(ids, false), bare.splitter.classes.normalize(valid(text)); got != want {
			t.Errorf("Decode(Encode(%+q)) = %+q, want %+q", text, got, want)
		}
		for _, ids := range [][]int32{ids, tok.Encode(text), tok.AllowSpecial(false).Encode(text)} {
			for _, skip := range []bool{false, true} {
				if got, want := streamed(tok, ids, skip), tok.Decode(ids, skip); got != want {
					t.Errorf("Stream(%t) of %v = %+q, want %+q", skip, ids, got, want)
				}
			}
		}
	})
}

func streamed(t *Tokenizer, ids []int32, skipSpecial bool) string {
	s := t.Stream(skipSpecial)
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(s.Next(id))
	}
	b.WriteString(s.End())
	return b.String()
}

// TestBoundedMemory checks that a long piece leaves no large workspace behind, and the cache no more than its places.
func TestBoundedMemory(t *testing.T) {
	tok, w := readSmall(t), new(workspace)
	tok.appendLong(nil, strings.Repeat("a", maxKept+1), w)
	if cap(w.symbols) > 0 || cap(w.queue) > 0 {
		t.Errorf("a piece of %d bytes leaves %d symbols and %d entries", maxKept+1, cap(w.symbols), cap(w.queue))
	}
	if len(tok.cache.places) != cacheSize {
		t.Errorf("the cache has %d places, want %d", len(tok.cache.places), cacheSize)
	}
}
