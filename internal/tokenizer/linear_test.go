package tokenizer_test

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestLinear takes texts that make tokenizers slow: a text takes as long as its eight parts one after another. What
// takes a square of the time takes eight times as long. The queue of long pieces adds a logarithm, and memory gets slower
// with size, hence not 1; what else goes on only makes it longer, hence the shortest of several.
func TestLinear(t *testing.T) {
	const size, times, most, tries = 32 << 10, 8, 3, 15
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, size)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	marks := make([]rune, size/2)
	for i := range marks {
		marks[i] = rune(0x300 + random.IntN(0x40))
	}
	tok := small(t)
	for name, unit := range map[string]string{
		"one letter":       strings.Repeat("a", size),
		"spaces":           strings.Repeat(" ", size),
		"line breaks":      strings.Repeat("\n", size),
		"indented lines":   strings.Repeat("\n    ", size/5),
		"punctuation":      strings.Repeat("!", size),
		"digits":           strings.Repeat("7", size),
		"emoji":            strings.Repeat("😀", size/4),
		"one mark":         strings.Repeat("\u0301", size/2),
		"marks":            string(marks),
		"letters, marks":   strings.Repeat("e\u0301\u0323", size/5),
		"Hangul vowels":    strings.Repeat("\u1161", size/3),
		"added tokens":     strings.Repeat("<right> <left>", size/14),
		"their beginnings": strings.Repeat("<|im_sta", size/8),
		"line break added": strings.Repeat("\n\n\n ", size/4),
		"apostrophes":      strings.Repeat("'", size),
		"no UTF-8":         strings.Repeat("\xff", size),
		"random bytes":     string(noise),
	} {
		text := strings.Repeat(unit, times)
		whole, parts := time.Hour, time.Hour
		for try := range tries {
			whole = min(whole, timed(t, func() { tok.Encode(text) }))
			parts = min(parts, timed(t, func() {
				for range times {
					tok.Encode(unit)
				}
			}))
			if try >= 1 && whole < most*parts {
				break
			}
		}
		t.Logf("%s: %v, in parts %v", name, whole, parts)
		if whole > most*parts {
			t.Errorf("%s: %v, in %d parts %v; want at most %d times as long", name, whole, times, parts, most)
		}
	}
}

// timed returns how long do keeps a processor busy; the time of the clock says little on a machine with other work.
func timed(t *testing.T, do func()) time.Duration {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	now := func() time.Duration {
		var spent unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &spent); err != nil {
			t.Fatal(err)
		}
		return time.Duration(spent.Nano())
	}
	start := now()
	do()
	return now() - start
}
