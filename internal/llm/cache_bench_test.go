package llm

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// benchAnswer is an answer of about 2 KB, as compressible as a program is.
func benchAnswer(seed uint64) Answer {
	r := rand.New(rand.NewPCG(seed, 1))
	words := strings.Fields("def return for in range if else while len sum max min sorted list dict set lambda x y n i total count value key")
	var b strings.Builder
	for b.Len() < 2048 {
		fmt.Fprintf(&b, "%s_%d ", words[r.IntN(len(words))], r.IntN(1000))
	}
	return Answer{Text: b.String(), Finish: FinishStop, Usage: Usage{PromptTokens: 300, CompletionTokens: 700}}
}

func benchKey(i int) SampleKey {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(i))
	return SampleKey{Key: sha256.Sum256(b[:])}
}

// BenchmarkCachePut writes answers of 2 KB from 256 goroutines, one answer a Put.
func BenchmarkCachePut(b *testing.B) {
	c, err := OpenCache(b.Context(), filepath.Join(b.TempDir(), "cache.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	answer := benchAnswer(1)
	together(b, func(i int) {
		if _, err := c.Put(b.Context(), Entry{benchKey(i), answer}); err != nil {
			b.Error(err)
		}
	})
}

// BenchmarkCacheGet reads answers of 2 KB from 256 goroutines, one answer a Get.
func BenchmarkCacheGet(b *testing.B) {
	c, err := OpenCache(b.Context(), filepath.Join(b.TempDir(), "cache.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	const there = 20_000
	var entries []Entry
	for i := range there {
		entries = append(entries, Entry{benchKey(i), benchAnswer(uint64(i))})
	}
	if _, err := c.Put(context.Background(), entries...); err != nil {
		b.Fatal(err)
	}
	together(b, func(i int) {
		if found, err := c.Get(b.Context(), benchKey(i%there).Key, 0, 1); err != nil || len(found) != 1 {
			b.Errorf("Get = %d answers, %v", len(found), err)
		}
	})
}

// together calls do for 0 to b.N-1 from 256 goroutines and reports answers a second.
func together(b *testing.B, do func(i int)) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var joined sync.WaitGroup
	for range 256 {
		joined.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	joined.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
}
