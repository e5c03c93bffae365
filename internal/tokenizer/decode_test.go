package tokenizer_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acecoder/acecoder/internal/tokenizer"
)

// bytesOf are the tokens of single bytes.
func bytesOf(t testing.TB, tok *tokenizer.Tokenizer, text string) []int32 {
	t.Helper()
	var ids []int32
	for _, b := range []byte(text) {
		id, ok := tok.ID(byteToken(b))
		if !ok {
			t.Fatalf("no token for the byte %#x", b)
		}
		ids = append(ids, id)
	}
	return ids
}

// byteToken is how files write a byte, said in another way than the package does.
func byteToken(b byte) string {
	if b >= '!' && b <= '~' || b >= 0xA1 && b != 0xAD {
		return string(rune(b))
	}
	others := 0
	for c := range b {
		if c < '!' || c > '~' && c < 0xA1 || c == 0xAD {
			others++
		}
	}
	return string(rune(256 + others))
}

// TestDecodeBytes has the replacements as Rust's from_utf8_lossy and Python's errors="replace" make them.
func TestDecodeBytes(t *testing.T) {
	tok := small(t)
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"characters of every length", "aé日😀", "aé日😀"},
		{"a byte that begins nothing", "a\x80b", "a\ufffdb"},
		{"two of them", "\x80\xbf", "\ufffd\ufffd"},
		{"two of three bytes", "\xe6\x97x", "\ufffdx"},
		{"two of three at the end", "x\xe6\x97", "x\ufffd"},
		{"three of four at the end", "x\xf0\x9f\x98", "x\ufffd"},
		{"three of four, and a letter", "\xf0\x9f\x98a", "\ufffda"},
		{"one beginning after another", "\xe6\xe6\x97\xa5", "\ufffd日"},
		{"a surrogate", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"longer than needed", "\xc0\xaf\xe0\x80\xaf", "\ufffd\ufffd\ufffd\ufffd\ufffd"},
		{"above the last character", "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},
		{"no first byte", "\xfe\xff", "\ufffd\ufffd"},
		{"U+FFFD itself", "\xef\xbf\xbd", "\ufffd"},
	} {
		ids := bytesOf(t, tok, c.in)
		if got := tok.Decode(ids, false); got != c.want || !utf8.ValidString(got) {
			t.Errorf("%s: Decode(%q) = %+q, want %+q", c.name, c.in, got, c.want)
		}
	}
}

// TestStream checks that no character comes in parts, that what is certain does not wait, and that all of it comes.
func TestStream(t *testing.T) {
	tok := small(t)
	s := tok.Stream(false)
	for i, want := range []string{"", "", "", "😀", "a", "", "\ufffdb", "\ufffd"} {
		id := bytesOf(t, tok, "\xf0\x9f\x98\x80a\xe6b\x80")[i]
		if got := s.Next(id); got != want {
			t.Errorf("Next of byte %d = %+q, want %+q", i, got, want)
		}
	}
	if got := s.End(); got != "" {
		t.Errorf("End() = %+q, want nothing", got)
	}
	s.Next(bytesOf(t, tok, "\xe6")[0])
	if got := s.End() + s.End(); got != "\ufffd" {
		t.Errorf("End() twice = %+q, want one U+FFFD", got)
	}
	random := rand.New(rand.NewPCG(11, 12))
	for range 2000 {
		ids := make([]int32, random.IntN(20))
		for i := range ids {
			ids[i] = int32(random.IntN(tok.Size()+2)) - 1
			if random.IntN(2) == 0 {
				ids[i] = bytesOf(t, tok, string([]byte{byte(0x80 + random.IntN(0x80))}))[0]
			}
		}
		var got strings.Builder
		s := tok.Stream(false)
		for _, id := range ids {
			part := s.Next(id)
			if !utf8.ValidString(part) {
				t.Errorf("Next gives %q, which is no UTF-8", part)
			}
			got.WriteString(part)
		}
		got.WriteString(s.End())
		if want := tok.Decode(ids, false); got.String() != want {
			t.Errorf("Stream of %v = %+q, want %+q", ids, got.String(), want)
		}
	}
}

func TestDecodePassesOver(t *testing.T) {
	tok := small(t)
	if got := tok.Decode([]int32{-1, 1 << 30, int32(tok.Size())}, false); got != "" {
		t.Errorf("Decode of ids without a token = %q, want nothing", got)
	}
	ids := tok.Encode("<|im_start|>a<tool_call><|im_end|>")
	if got, want := tok.Decode(ids, true), "a<tool_call>"; got != want {
		t.Errorf("Decode(%v, true) = %q, want %q", ids, got, want)
	}
}
