package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/acecoder/acecoder/internal/jsonl"
)

// Recorded is one row of a recording: a request and the samples of its answer, from First on. A request may have
// several rows.
type Recorded struct {
	Request Request  `json:"request"`
	First   int      `json:"first,omitempty"`
	Answers []Answer `json:"answers"`
}

// Recording answers what was recorded, and nothing else. It is a [Model], and may be asked by many goroutines.
type Recording struct {
	requests map[Key]*recorded
	order    []*recorded    // as they were read
	models   map[string]int // how many requests each has
}

// recorded is all that is recorded of one request.
type recorded struct {
	request Request
	answers map[int]Answer
}

// OpenRecording reads a recording: rows of [Recorded] in any format that package jsonl reads.
func OpenRecording(path string) (*Recording, error) {
	rows, err := jsonl.Open(path)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	defer rows.Close()
	return readRecording(rows)
}

// ReadRecording is [OpenRecording] for what is no file; name is for messages.
func ReadRecording(in io.Reader, name string) (*Recording, error) {
	return readRecording(jsonl.Options{}.NewReader(in, name))
}

func readRecording(rows *jsonl.Reader) (*Recording, error) {
	rec := &Recording{requests: map[Key]*recorded{}, models: map[string]int{}}
	for row, err := range rows.All(context.Background()) {
		if err != nil {
			return nil, fmt.Errorf("recording: %w", err)
		}
		r, err := jsonl.Decode[Recorded](row, "request.model", "request.messages", "answers")
		if err != nil {
			return nil, fmt.Errorf("recording: %w", err)
		}
		if err := rec.add(r); err != nil {
			return nil, fmt.Errorf("recording: %w", &jsonl.RowError{File: row.File, Line: row.Line, Err: err})
		}
	}
	return rec, nil
}

func (rec *Recording) add(r Recorded) error {
	key, err := KeyOf(r.Request, "")
	if err != nil {
		return err
	}
	if r.First < 0 {
		return fmt.Errorf("first: %d is below 0", r.First)
	}
	all := rec.requests[key]
	if all == nil {
		all = &recorded{r.Request, map[int]Answer{}}
		rec.requests[key] = all
		rec.order = append(rec.order, all)
		rec.models[r.Request.Model]++
	}
	for i, a := range r.Answers {
		a.Cached = true // it costs nothing this time
		before, twice := all.answers[r.First+i]
		if twice && before != a {
			return fmt.Errorf("answers[%d]: sample %d of this request is recorded before, with another answer", i, r.First+i)
		}
		all.answers[r.First+i] = a
	}
	return nil
}

// Ask implements [Model]. What is not recorded is an error that says what is.
func (rec *Recording) Ask(ctx context.Context, r Request, first, n int) ([]Answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key, err := keyOf(r, "", first, n)
	if err != nil {
		return nil, err
	}
	all := rec.requests[key]
	if all == nil {
		return nil, rec.unknown(r)
	}
	answers := make([]Answer, n)
	for i := range answers {
		a, ok := all.answers[first+i]
		if !ok {
			return nil, fmt.Errorf("recording: sample %d of %s is not in it, only %d samples of this request are: %s",
				first+i, r.Model, len(all.answers), beginning(r))
		}
		answers[i] = a
	}
	return answers, nil
}

// unknown says what there is in place of a request.
func (rec *Recording) unknown(r Request) error {
	for _, all := range rec.order {
		if slices.Equal(all.request.Messages, r.Messages) {
			return fmt.Errorf("recording: asked of %s in another way than it is recorded (%s): %s", r.Model, difference(all.request, r), beginning(r))
		}
	}
	if rec.models[r.Model] > 0 {
		return fmt.Errorf("recording: %d requests to %s are in it, not this one: %s", rec.models[r.Model], r.Model, beginning(r))
	}
	nearest := "it is empty"
	if len(rec.models) > 0 {
		nearest = "the nearest name in it is " + slices.MinFunc(rec.Models(), func(a, b string) int {
			return distance(a, r.Model) - distance(b, r.Model)
		})
	}
	return fmt.Errorf("recording: nothing of a model %s is in it (%s): %s", r.Model, nearest, beginning(r))
}

// Models names the models that were recorded.
func (rec *Recording) Models() []string { return slices.Sorted(maps.Keys(rec.models)) }

// difference names the first field in which two requests with the same messages differ.
func difference(recorded, asked Request) string {
	for _, f := range []struct {
		name string
		a, b any
	}{
		{"model", recorded.Model, asked.Model},
		{"temperature", recorded.Temperature, asked.Temperature},
		{"top_p", recorded.TopP, asked.TopP},
		{"max_tokens", recorded.MaxTokens, asked.MaxTokens},
		{"continue", recorded.Continue, asked.Continue},
	} {
		if f.a != f.b {
			return fmt.Sprintf("%s %v, not %v", f.name, f.a, f.b)
		}
	}
	return "stop, seed, schema or extra differ"
}

// beginning shows how the prompt of a request begins.
func beginning(r Request) string {
	m := r.Messages[0]
	for _, other := range r.Messages {
		if other.Role == User {
			m = other
			break
		}
	}
	return fmt.Sprintf("%s: %.100q", m.Role, m.Content)
}

// distance is how many letters have to be changed to make one name of another (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Recorder asks a model and records what it answers. It is a [Model] itself.
type Recorder struct {
	model Model
	out   *jsonl.Writer

	mu      sync.Mutex
	written map[SampleKey]bool
}

// Record returns a recorder that writes to a path, which is there when Close has returned. The name says whether it is
// compressed: .jsonl, .jsonl.zst, .jsonl.gz.
func Record(model Model, path string) (*Recorder, error) {
	if strings.HasSuffix(path, ".parquet") {
		return nil, errors.New("recording: it has no columns, so it is no Parquet; name it .jsonl.zst")
	}
	out, err := jsonl.Create(path)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	return &Recorder{model: model, out: out, written: map[SampleKey]bool{}}, nil
}

// Ask implements [Model].
func (rc *Recorder) Ask(ctx context.Context, r Request, first, n int) ([]Answer, error) {
	answers, err := rc.model.Ask(ctx, r, first, n)
	if err != nil {
		return nil, err
	}
	key, err := KeyOf(r, "")
	if err != nil {
		return nil, err
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	for i := 0; i < n; {
		if rc.written[SampleKey{key, first + i}] {
			i++
			continue
		}
		row := Recorded{Request: r, First: first + i}
		for ; i < n && !rc.written[SampleKey{key, first + i}]; i++ {
			rc.written[SampleKey{key, first + i}] = true
			row.Answers = append(row.Answers, answers[i])
		}
		if err := rc.out.Write(row); err != nil {
			return nil, fmt.Errorf("recording: %w", err)
		}
	}
	return answers, nil
}

// Close finishes the recording.
func (rc *Recorder) Close() error { return rc.out.Close() }

// Abort removes what was recorded.
func (rc *Recorder) Abort() error { return rc.out.Abort() }
