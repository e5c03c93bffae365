package pipeline

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/sample"
	"github.com/acecoder/acecoder/internal/store"
	"github.com/acecoder/acecoder/internal/synth"
	"github.com/acecoder/acecoder/internal/template"
)

// WaitingError tells that a run cannot go on before somebody has answered the requests in a file.
type WaitingError struct {
	Requests string // the file of requests
	Answers  string // where the answers are looked for
	Samples  int    // how many are awaited
}

// Error says what to do.
func (e *WaitingError) Error() string {
	return fmt.Sprintf("%d answers are awaited: have the requests in %s answered, put the answers at %s and run again",
		e.Samples, e.Requests, e.Answers)
}

// fill gets the answers of a stage whose answers come all together, so that its work on each record then finds them in
// the cache. For other stages it does nothing.
func (r *Run) fill(ctx context.Context, i int) error {
	stage := chainStages[i]
	if !r.together(stage) {
		return nil
	}
	for _, alias := range r.cfg.modelsOf(stage) {
		name := r.cfg.Models[alias].Endpoint
		e := r.cfg.Endpoints[name]
		wants := r.wants(ctx, stage, alias)
		client := r.client(stage, alias)
		var err error
		switch e.Mode {
		case ModeBatch:
			_, err = client.Batch(ctx, wants, r.journal(stage, alias))
		case ModeOffline:
			err = r.exchange(ctx, client, stage, alias, wants)
		}
		if err != nil {
			return fmt.Errorf("stage %s: %w", stage, err)
		}
	}
	return nil
}

// journal is where the batches of a stage's model are remembered.
func (r *Run) journal(stage, alias string) llm.Journal {
	prefix := "batch/" + stage + "/" + alias + "/"
	return llm.Journal{
		Load: func(ctx context.Context) ([]llm.Part, error) {
			texts, err := r.db.Journal(ctx, prefix)
			if err != nil {
				return nil, err
			}
			parts := make([]llm.Part, len(texts))
			for i, text := range texts {
				if err := json.Unmarshal([]byte(text), &parts[i]); err != nil {
					return nil, fmt.Errorf("a batch in the journal: %w", err)
				}
			}
			return parts, nil
		},
		Save: func(ctx context.Context, p llm.Part) error {
			text, err := json.Marshal(p)
			if err != nil {
				return err
			}
			return r.db.SetJournal(ctx, prefix+p.ID, string(text))
		},
	}
}

// wants are the requests of the records that are open before a stage.
func (r *Run) wants(ctx context.Context, stage, alias string) iter.Seq2[llm.Want, error] {
	return func(yield func(llm.Want, error) bool) {
		request, n, err := r.requests(stage, alias)
		if err != nil {
			yield(llm.Want{}, err)
			return
		}
		for e, err := range r.before(ctx, stage) {
			var want llm.Want
			if err == nil {
				want, err = request(e)
			}
			if errors.Is(err, errNothingAsked) {
				continue
			}
			want.N = n
			if !yield(want, err) || err != nil {
				return
			}
		}
	}
}

// before yields the records that the stage before has left and this one has not taken.
func (r *Run) before(ctx context.Context, stage string) iter.Seq2[store.Entry, error] {
	previous := previousOf(stage)
	return func(yield func(store.Entry, error) bool) {
		for e, err := range r.db.Open(ctx, stage) {
			if err == nil && e.Stage != previous {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// errNothingAsked is for a record of which the stage asks nothing.
var errNothingAsked = errors.New("nothing is asked")

// requests returns what makes a stage's request of a record, and how many samples of its answer are wanted.
func (r *Run) requests(stage, alias string) (func(store.Entry) (llm.Want, error), int, error) {
	model := r.cfg.Models[alias].Model
	if stage == stageSynth {
		prompt, err := template.Synth(r.cfg.Synth.Prompt)
		cfg := r.cfg.Synth.Config
		cfg.Model = model
		return func(e store.Entry) (llm.Want, error) {
			rec, err := decode(e)
			if err != nil {
				return llm.Want{}, err
			}
			if _, ok := rec.seed.Extra[imported]; ok {
				return llm.Want{}, errNothingAsked
			}
			q, err := synth.Request(*rec.seed, prompt, cfg)
			return llm.Want{Request: q}, err
		}, 1, err
	}
	asking := r.cfg.Oracle
	if stage == stageSample {
		asking = r.cfg.Sample
	}
	prompt, err := template.Sample(asking.Prompt)
	cfg := asking.of(model, r.cfg.Filter.Shown)
	return func(e store.Entry) (llm.Want, error) {
		rec, err := decode(e)
		if err != nil {
			return llm.Want{}, err
		}
		q, err := sample.Request(*rec.problem, prompt, cfg)
		return llm.Want{Request: q}, err
	}, asking.N, err
}

// exchange writes an offline endpoint's requests to a file, or reads the answers that are there.
func (r *Run) exchange(ctx context.Context, client *llm.Client, stage, alias string, wants iter.Seq2[llm.Want, error]) error {
	folder := r.cfg.Endpoints[r.cfg.Models[alias].Endpoint].Exchange
	if folder == "" {
		folder = filepath.Join(r.dir, "exchange")
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("make the folder of requests and answers: %w", err)
	}
	requests := filepath.Join(folder, stage+"-"+alias+"-requests.jsonl")
	answers := filepath.Join(folder, stage+"-"+alias+"-answers*.jsonl")
	found, err := filepath.Glob(answers)
	if err != nil {
		return err
	}
	for _, path := range found {
		if err := readAnswers(ctx, client, path, wants); err != nil {
			return err
		}
	}
	left, err := writeRequests(ctx, client, requests, wants)
	if err != nil || left == 0 {
		return err
	}
	return &WaitingError{Requests: requests, Answers: answers, Samples: left}
}

// writeRequests writes a file of requests, if there are any, and returns how many samples they ask for.
func writeRequests(ctx context.Context, client *llm.Client, path string, wants iter.Seq2[llm.Want, error]) (samples int, err error) {
	f, err := os.Create(path + ".tmp")
	if err != nil {
		return 0, fmt.Errorf("write requests: %w", err)
	}
	out := bufio.NewWriter(f)
	left, err := client.WriteRequests(ctx, out, wants)
	if err = errors.Join(err, out.Flush(), f.Close()); err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	if left.Samples == 0 {
		return 0, os.Remove(path + ".tmp")
	}
	return left.Samples, os.Rename(path+".tmp", path)
}

func readAnswers(ctx context.Context, client *llm.Client, path string, wants iter.Seq2[llm.Want, error]) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	defer f.Close()
	if _, err := client.ReadAnswers(ctx, io.Reader(f), wants); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
