package seed

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// permutations is the length of a signature: with it the similarity of two programs is known to within about 0.04.
const permutations = 128

// shingle is how many tokens go together.
const shingle = 5

// signature is the MinHash of a program's shingles: two programs agree in as large a part of it, about, as the Jaccard
// similarity of their sets of shingles.
type signature [permutations]uint32

// multipliers make the permutations, h -> (a h + b) / 2^32, the same in every run.
var multipliers = func() (m [permutations][2]uint64) {
	random := rand.New(rand.NewPCG(20250203, 1718))
	for i := range m {
		m[i] = [2]uint64{random.Uint64() | 1, random.Uint64()}
	}
	return m
}()

// newSignature returns the signature of a program. A program shorter than a shingle is one shingle.
func newSignature(program string) *signature {
	var s signature
	for i := range s {
		s[i] = math.MaxUint32
	}
	tokens := codeTokens(program)
	last := max(len(tokens)-shingle, 0)
	var buf []byte
	for at := range last + 1 {
		buf = buf[:0]
		for _, t := range tokens[at:min(at+shingle, len(tokens))] {
			buf = append(append(buf, t...), 0)
		}
		h := xxh3.Hash(buf)
		for i, m := range multipliers {
			s[i] = min(s[i], uint32((m[0]*h+m[1])>>32))
		}
	}
	return &s
}

// similarity is the part of two signatures that agrees.
func (s *signature) similarity(t *signature) float64 {
	equal := 0
	for i := range s {
		if s[i] == t[i] {
			equal++
		}
	}
	return float64(equal) / permutations
}

func (s *signature) bytes() []byte {
	out := make([]byte, 0, 4*permutations)
	for _, v := range s {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func signatureOf(data []byte) (s signature, ok bool) {
	if len(data) != 4*permutations {
		return s, false
	}
	for i := range s {
		s[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	return s, true
}

// banding divides signatures into bands of rows: two programs meet where one band of theirs is the same.
type banding struct{ bands, rows int }

// newBanding returns the bands of most rows, which give the fewest meetings for nothing, of those in which programs at
// the threshold meet with a probability of 0.95 at least: 1 - (1 - t^rows)^bands.
func newBanding(threshold float64) banding {
	best := banding{permutations, 1}
	for rows := 2; rows <= permutations; rows++ {
		bands := permutations / rows
		if 1-math.Pow(1-math.Pow(threshold, float64(rows)), float64(bands)) >= 0.95 {
			best = banding{bands, rows}
		}
	}
	return best
}

// keys returns a number for each band of a signature.
func (b banding) keys(s *signature) []int64 {
	data := s.bytes()
	keys := make([]int64, b.bands)
	for i := range keys {
		keys[i] = int64(xxh3.HashSeed(data[4*b.rows*i:4*b.rows*(i+1)], uint64(i)))
	}
	return keys
}

// codeTokens divides source code into words and single signs; blanks are lost. It knows no more of Python than that.
func codeTokens(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isWord(r) {
			if !unicode.IsSpace(r) {
				out = append(out, s[i:i+n])
			}
			i += n
			continue
		}
		end := i + n
		for end < len(s) {
			r, n := utf8.DecodeRuneInString(s[end:])
			if !isWord(r) {
				break
			}
			end += n
		}
		out = append(out, s[i:end])
		i = end
	}
	return out
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
