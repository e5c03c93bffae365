package llm_test

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

// BenchmarkClient asks for one answer of 2 KB a request, 256 requests in flight, over loopback, from a stub in this
// process. cpu-us/answer is the whole process's, stub included.
func BenchmarkClient(b *testing.B) {
	server := httptest.NewServer(llmtest.New(llmtest.Config{Size: 2048}))
	defer server.Close()
	client, err := llm.New(llm.Config{BaseURL: server.URL + "/v1", Concurrency: 256})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	before := cpu(b)
	b.ResetTimer()
	var next atomic.Int64
	var joined sync.WaitGroup
	for range 256 {
		joined.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				r := llm.Request{Model: "stub", Messages: []llm.Message{{Role: llm.User, Content: fmt.Sprint("question ", i)}}}
				if _, err := client.Ask(b.Context(), r, 0, 1); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	joined.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-us/answer")
}

// cpu returns the CPU time that the process has used.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
