package generate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acecoder/acecoder/internal/generate"
	"github.com/acecoder/acecoder/internal/generate/generatetest"
)

var options = generate.Options{Vocab: generatetest.Vocab}

// decoder returns a decoder with random logits, which often end an answer.
func decoder(slots int) *generatetest.Decoder {
	random := generatetest.Random(4)
	return &generatetest.Decoder{Room: slots, Most: 200, Vocab: generatetest.Vocab, Logits: func(tokens []int32, logits []float32) {
		random(tokens, logits)
		logits[generatetest.End] += 5
	}}
}

// says returns a decoder that answers with what a function says; see generatetest.Says.
func says(slots int, answer func(prompt string) string) *generatetest.Decoder {
	return &generatetest.Decoder{Room: slots, Most: 200, Vocab: generatetest.Vocab, Logits: generatetest.Says(answer)}
}

func text() generate.Text { return &generatetest.Text{} }

// asks returns a request for text.
func asks(prompt string, change func(*generate.Params)) generate.Request {
	p := generate.Default()
	p.StopTokens = []int32{generatetest.End}
	if change != nil {
		change(&p)
	}
	return generate.Request{Prompt: generatetest.Encode(prompt + "\x00"), Params: p, Text: text}
}

// running runs a scheduler until the test ends.
func running(t *testing.T, d generate.Decoder, opt generate.Options) *generate.Scheduler {
	t.Helper()
	s := generate.New(d, opt)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return s
}

func TestGenerate(t *testing.T) {
	long := strings.Repeat("ab", 120)
	for _, tt := range []struct {
		name   string
		says   string
		change func(*generate.Params)
		text   string
		finish generate.Finish
		draws  int
		said   int
	}{
		{"the model ends", "hello", nil, "hello", generate.FinishStop, 6, 5},
		{"it says nothing", "", nil, "", generate.FinishStop, 1, 0},
		{"as long as it may be", "hello", func(p *generate.Params) { p.MaxTokens = 3 }, "hel", generate.FinishLength, 3, 3},
		{"it ends just there", "hello", func(p *generate.Params) { p.MaxTokens = 6 }, "hello", generate.FinishStop, 6, 5},
		{"one token too short", "hello", func(p *generate.Params) { p.MaxTokens = 5 }, "hello", generate.FinishLength, 5, 5},
		{"as long as there is room for", long, nil, long[:198], generate.FinishLength, 198, 198},
		{"a stop string", "one\n\ntwo", func(p *generate.Params) { p.Stop = []string{"\n\n"} }, "one", generate.FinishStop, 5, 3},
		{"a stop string at the last token", "ab", func(p *generate.Params) { p.Stop, p.MaxTokens = []string{"b"}, 2 }, "a", generate.FinishStop, 2, 1},
		{"half a stop string at the end", "one\n", func(p *generate.Params) { p.Stop = []string{"\n\n"} }, "one\n", generate.FinishStop, 5, 4},
		{"a stop string that seemed to begin before", "a\n\nb", func(p *generate.Params) { p.Stop = []string{"\nb"} }, "a\n", generate.FinishStop, 4, 2},
		{"half a character at the end", "aé", func(p *generate.Params) { p.MaxTokens = 2 }, "a\uFFFD", generate.FinishLength, 2, 2},
		{"a stop token of the request", "abc", func(p *generate.Params) { p.StopTokens = []int32{'c'} }, "ab", generate.FinishStop, 3, 2},
	} {
		d := says(2, func(string) string { return tt.says })
		r := asks("q", tt.change)
		var given strings.Builder
		var draws []generate.Draw
		var finish []generate.Finish
		r.Emit = func(p generate.Piece) error {
			given.WriteString(p.Text)
			draws = append(draws, p.Draws...)
			if p.Finish != "" {
				finish = append(finish, p.Finish)
			} else if p.Text == "" {
				t.Errorf("%s: an empty piece", tt.name)
			}
			return nil
		}
		answers, err := generate.All(t.Context(), d, options, []generate.Request{r})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		a := answers[0][0]
		if a.Text != tt.text || a.Finish != tt.finish || len(a.Draws) != tt.draws || a.Said != tt.said {
			t.Errorf("%s: %q, %s, %d tokens, %d said; want %q, %s, %d, %d", tt.name, a.Text, a.Finish, len(a.Draws), a.Said,
				tt.text, tt.finish, tt.draws, tt.said)
		}
		if given.String() != a.Text || len(finish) != 1 || finish[0] != a.Finish || !reflect.DeepEqual(draws, a.Draws[:a.Said:a.Said]) && a.Said > 0 {
			t.Errorf("%s: the pieces are %q, %d tokens, finish %v; the answer %q, %d, %s", tt.name, given.String(), len(draws), finish,
				a.Text, a.Said, a.Finish)
		}
	}
}

// TestAnswersDoNotDependOnCompany asks the same of decoders with different numbers of slots, in different orders and one
// by one. Answers, log-probabilities included, are the same.
func TestAnswersDoNotDependOnCompany(t *testing.T) {
	var requests []generate.Request
	for i := range 30 {
		requests = append(requests, asks(strings.Repeat("q", i%7), func(p *generate.Params) {
			p.Seed, p.N, p.TopLogprobs = uint64(i/2), 1+i%5, i%3
			p.MaxTokens = 1 + i%23
			if i%3 == 1 {
				p.Temperature, p.TopK, p.TopP, p.RepetitionPenalty, p.Stop = 0.8, 50, 0.9, 1.2, []string{"a", "zz"}
			}
		}))
	}
	want, err := generate.All(t.Context(), decoder(1), options, requests)
	if err != nil {
		t.Fatal(err)
	}
	if reflect.DeepEqual(want[2][0].Draws, want[2][1].Draws) {
		t.Errorf("two samples of one request have the same tokens: %v", want[2][0].Draws)
	}
	for _, slots := range []int{2, 3, 8, 100} {
		d := decoder(slots)
		got, err := generate.All(t.Context(), d, options, requests)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d slots: other answers, error %v", slots, err)
		}
		if slots == 100 && d.Prompts.Load() != 30 {
			t.Errorf("%d prompts were read, want 30: samples of one request share its prompt", d.Prompts.Load())
		}
	}
	d := decoder(4)
	s := running(t, d, options)
	var wait sync.WaitGroup
	for _, i := range rand.Perm(len(requests)) {
		wait.Go(func() {
			if got, err := s.Generate(t.Context(), requests[i]); err != nil || !reflect.DeepEqual(got, want[i]) {
				t.Errorf("request %d on its own: other answers, error %v", i, err)
			}
		})
	}
	wait.Wait()
}

// TestSlotsAreFilledAtOnce: with two slots, a long answer and many short ones beside it take as many steps as the long one.
func TestSlotsAreFilledAtOnce(t *testing.T) {
	d := says(2, func(prompt string) string { return strings.Repeat("x", len(prompt)) })
	requests := []generate.Request{asks(strings.Repeat("q", 90), nil)}
	for range 15 {
		requests = append(requests, asks("12345", nil))
	}
	if _, err := generate.All(t.Context(), d, options, requests); err != nil {
		t.Fatal(err)
	}
	// An answer of 5 and its end are drawn by one prefill and five steps.
	if got := d.Steps.Load(); got != 90 {
		t.Errorf("%d steps, want 90", got)
	}
	if d.InUse() != 0 {
		t.Errorf("%d slots are in use at the end", d.InUse())
	}
}

// TestFirstComeFirstServed: samples begin in the order of their requests, also where a request wants more slots than there
// are.
func TestFirstComeFirstServed(t *testing.T) {
	var begun []string
	d := says(2, endless)
	d.Before = func(call string, slots []int) error {
		if call == "prefill" {
			begun = append(begun, fmt.Sprint(len(slots)))
		}
		return nil
	}
	next := d.Logits
	d.Logits = func(tokens []int32, logits []float32) {
		if tokens[len(tokens)-1] == 0 {
			begun = append(begun, string(tokens[0]))
		}
		next(tokens, logits)
	}
	two := func(n int) func(*generate.Params) { return func(p *generate.Params) { p.MaxTokens, p.N = 2, n } }
	requests := []generate.Request{asks("a", two(1)), asks("b", two(4)), asks("c", two(1)), asks("d", two(1))}
	if _, err := generate.All(t.Context(), d, options, requests); err != nil {
		t.Fatal(err)
	}
	// One sample of b beside a, then two of them, which share a prefill, then its last one beside c.
	if got, want := strings.Join(begun, " "), "2 a b 1 b 2 b c 1 d"; got != want {
		t.Errorf("prompts were read as %q, want %q", got, want)
	}
}

func TestBadRequests(t *testing.T) {
	s := running(t, decoder(1), options)
	for _, tt := range []struct {
		name    string
		request generate.Request
		want    string
	}{
		{"no prompt", generate.Request{Params: generate.Default()}, "prompt has no tokens"},
		{"a token that is none", generate.Request{Prompt: []int32{1, 257}, Params: generate.Default()}, "prompt has the token 257, and the model's are 0 to 256"},
		{"a negative token", generate.Request{Prompt: []int32{-1}, Params: generate.Default()}, "prompt has the token -1"},
		{"no parameters", generate.Request{Prompt: []int32{1}}, "top_p is 0"},
		{"stop strings without text", generate.Request{Prompt: []int32{1}, Params: with(func(p *generate.Params) { p.Stop = []string{"a"} })}, "stop has texts"},
		{"a prompt that fills the context", asks(strings.Repeat("q", 199), nil), "is 200 tokens, and the prompt has 200"},
		{"a prompt and an answer that are too long", asks(strings.Repeat("q", 99), func(p *generate.Params) { p.MaxTokens = 101 }), "is 200 tokens, and 201 were asked for: 100 of the prompt and 101 of the answer"},
	} {
		if _, err := s.Generate(t.Context(), tt.request); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Generate: %v, want an error with %q", tt.name, err, tt.want)
		}
		if _, err := generate.All(t.Context(), decoder(1), options, []generate.Request{asks("q", nil), tt.request}); err == nil || !strings.Contains(err.Error(), "request 1: ") {
			t.Errorf("%s: All: %v, want an error with the number", tt.name, err)
		}
	}
	fits := asks(strings.Repeat("q", 99), func(p *generate.Params) { p.MaxTokens = 100 })
	if _, err := s.Generate(t.Context(), fits); err != nil {
		t.Errorf("a prompt and an answer that just fit: %v", err)
	}
	_, err := s.Generate(t.Context(), asks(strings.Repeat("q", 199), nil))
	if e, ok := errors.AsType[*generate.ContextError](err); !ok || e.Prompt != 200 || e.Capacity != 200 || e.MaxTokens != 0 {
		t.Errorf("a prompt that is too long: %#v", err)
	}
}

// slow makes a decoder take a second for each call.
func slow(d *generatetest.Decoder) *generatetest.Decoder {
	d.Before = func(string, []int) error {
		time.Sleep(time.Second)
		return nil
	}
	return d
}

func endless(string) string { return strings.Repeat("x", 1000) }

// TestCancel: a request that nobody waits for leaves its slots before the next token, and the queue too.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := slow(says(2, endless))
		ctx, end := context.WithCancel(t.Context())
		s := generate.New(d, generate.Options{Vocab: generatetest.Vocab, Queue: 1})
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()

		var wait sync.WaitGroup
		limited := func(d time.Duration, r generate.Request) {
			wait.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), d)
				defer cancel()
				if _, err := s.Generate(ctx, r); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Generate = %v, want that the time is over", err)
				}
			})
			synctest.Wait()
		}
		limited(10*time.Second+1, asks("a", func(p *generate.Params) { p.N = 2 }))
		limited(5*time.Second, asks("b", nil)) // it waits, and gives up waiting
		if _, err := s.Generate(t.Context(), asks("c", nil)); !errors.Is(err, generate.ErrBusy) {
			t.Errorf("one more than may wait: %v, want ErrBusy", err)
		}
		time.Sleep(6 * time.Second)
		limited(30*time.Second, asks("d", nil)) // there is room again in the queue
		if d.InUse() != 2 {
			t.Errorf("%d slots are in use, want 2", d.InUse())
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if d.InUse() != 1 {
			t.Errorf("after the first has given up %d slots are in use, want 1", d.InUse())
		}
		wait.Wait()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if d.InUse() != 0 {
			t.Errorf("%d slots are in use and nobody waits", d.InUse())
		}
		end()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

// TestStream: pieces come while the answer is written, and an error of whoever takes them ends the request.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := slow(says(1, endless))
		ctx, end := context.WithCancel(t.Context())
		s := generate.New(d, options)
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		start, broken := time.Now(), errors.New("broken")
		r := asks("q", nil)
		pieces := 0
		r.Emit = func(p generate.Piece) error {
			pieces++
			if took := time.Since(start); p.Text != "x" || took != time.Duration(pieces)*time.Second {
				t.Errorf("piece %d is %q and came after %v", pieces, p.Text, took)
			}
			if pieces == 5 {
				return broken
			}
			return nil
		}
		if _, err := s.Generate(t.Context(), r); !errors.Is(err, broken) || pieces != 5 {
			t.Errorf("Generate = %v after %d pieces", err, pieces)
		}
		time.Sleep(2 * time.Second)
		if d.InUse() != 0 {
			t.Error("the slot is still in use")
		}
		end()
		<-ended
	})
}

// TestNobodyIsHeldUp: someone who takes pieces slowly does not keep others waiting.
func TestNobodyIsHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		s := generate.New(slow(says(2, func(string) string { return "12345" })), options)
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		lazy := asks("q", nil)
		lazy.Emit = func(generate.Piece) error { time.Sleep(time.Hour); return nil }
		var wait sync.WaitGroup
		wait.Go(func() { _, _ = s.Generate(t.Context(), lazy) })
		start := time.Now()
		if _, err := s.Generate(t.Context(), asks("q", nil)); err != nil || time.Since(start) > 10*time.Second {
			t.Errorf("it took %v, error %v", time.Since(start), err)
		}
		wait.Wait()
		end()
		<-ended
	})
}

// TestFailures: damaged logits fail their request alone; a decoder that fails ends the scheduler and all requests.
func TestFailures(t *testing.T) {
	d := says(2, func(string) string { return "ab" })
	next := d.Logits
	d.Logits = func(tokens []int32, logits []float32) {
		next(tokens, logits)
		if tokens[0] == 'n' && len(tokens) == 3 {
			logits[0] = float32(math.NaN())
		}
	}
	s := running(t, d, options)
	if _, err := s.Generate(t.Context(), asks("n", nil)); err == nil || !strings.Contains(err.Error(), "token 1 of answer 0: the logits are no distribution") {
		t.Errorf("damaged logits: %v", err)
	}
	if a, err := s.Generate(t.Context(), asks("q", nil)); err != nil || a[0].Text != "ab" {
		t.Errorf("a request after one that failed: %v, %v", a, err)
	}

	broken := errors.New("broken")
	for _, call := range []string{"prefill", "step"} {
		synctest.Test(t, func(t *testing.T) {
			d := says(1, endless)
			d.Before = func(c string, _ []int) error {
				time.Sleep(time.Second)
				if c == call {
					return broken
				}
				return nil
			}
			s := generate.New(d, options)
			var wait sync.WaitGroup
			for range 2 { // one has the slot, one waits
				wait.Go(func() {
					if _, err := s.Generate(t.Context(), asks("q", nil)); !errors.Is(err, broken) || !errors.Is(err, generate.ErrEnded) {
						t.Errorf("%s fails: Generate = %v", call, err)
					}
				})
			}
			synctest.Wait()
			if err := s.Run(t.Context()); !errors.Is(err, broken) || !strings.Contains(err.Error(), call+" of 1 slots") {
				t.Errorf("%s fails: Run = %v", call, err)
			}
			wait.Wait()
			if _, err := s.Generate(t.Context(), asks("q", nil)); !errors.Is(err, generate.ErrEnded) {
				t.Errorf("after the end: %v", err)
			}
		})
	}
}

// TestDecoderThatIsWrong: the shapes of its results are looked at.
func TestDecoderThatIsWrong(t *testing.T) {
	d := decoder(1)
	d.Vocab = 5
	d.Logits = func([]int32, []float32) {}
	if _, err := generate.All(t.Context(), d, options, []generate.Request{asks("q", nil)}); err == nil || !strings.Contains(err.Error(), "5 logits for slot 0, and the vocabulary has 257") {
		t.Errorf("too few logits: %v", err)
	}
}

func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithTimeout(t.Context(), 5*time.Second)
		defer end()
		s := generate.New(slow(says(1, endless)), options)
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() {
				if _, err := s.Generate(t.Context(), asks("q", nil)); !errors.Is(err, generate.ErrEnded) {
					t.Errorf("Generate = %v, want ErrEnded", err)
				}
			})
		}
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run = %v, want no error: it was to end", err)
		}
		wait.Wait()
	})
}

// TestManyAtOnce has requests come, stream and give up from many goroutines; it is for the race detector.
func TestManyAtOnce(t *testing.T) {
	s := running(t, decoder(4), options)
	var wait sync.WaitGroup
	for i := range 60 {
		wait.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := asks("q", func(p *generate.Params) { p.Seed, p.N = uint64(i), 1+i%3 })
			said := make([]strings.Builder, r.Params.N)
			r.Emit = func(p generate.Piece) error {
				said[p.Sample].WriteString(p.Text)
				if i%4 == 0 && said[0].Len() > 3 {
					cancel()
				}
				return nil
			}
			answers, err := s.Generate(ctx, r)
			if err != nil {
				if i%4 != 0 {
					t.Errorf("request %d: %v", i, err)
				}
				return
			}
			for k, a := range answers {
				if said[k].String() != a.Text {
					t.Errorf("request %d: %q came in pieces, and the answer is %q", i, said[k].String(), a.Text)
				}
			}
		})
	}
	wait.Wait()
}
