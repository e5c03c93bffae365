package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/acecoder/acecoder"
)

// Entry is what a stage made of one seed: rows that go on, or a drop.
type Entry struct {
	Stage  string
	Seq    int64  // the place of the seed in the input
	ID     string // of the record
	Source string
	Count  int      // rows in the body: of pairs several, else one
	Hash   [32]byte // of what counts in it: see [DB.Summary]
	Body   []byte   // JSON; nil for a drop
	Drop   *acecoder.Drop
}

// Usage is what one model was asked in one stage, by how it ended.
type Usage struct {
	Stage              string  `json:"stage"`
	Model              string  `json:"model"`
	Kind               string  `json:"kind"` // ok, cached, or the fault
	N                  int     `json:"n"`    // requests; of cached answers, answers
	Samples            int     `json:"samples"`
	PromptTokens       int     `json:"prompt_tokens"`
	CachedPromptTokens int     `json:"cached_prompt_tokens"`
	CompletionTokens   int     `json:"completion_tokens"`
	ReasoningTokens    int     `json:"reasoning_tokens"`
	Cost               float64 `json:"cost"`
	Seconds            float64 `json:"seconds"` // of waiting for the server, all requests together
}

// maxWaiting is how many entries may wait for a commit before Put blocks.
const maxWaiting = 2000

// writer commits entries in groups: a commit for each would be most of the work.
type writer struct {
	db   *DB
	jobs chan job
	done sync.WaitGroup

	mu   sync.Mutex
	err  error // the first failure; nothing is written after it
	shut bool
}

// job is one of: an entry, a usage, a function that wants a transaction of its own, or, with neither, a flush.
type job struct {
	entry *Entry
	usage *Usage
	do    func(*sql.Tx) error
	done  chan error
}

func newWriter(db *DB) *writer {
	w := &writer{db: db, jobs: make(chan job, maxWaiting)}
	w.done.Go(w.loop)
	return w
}

// loop collects jobs and commits them when enough time has passed or somebody waits.
func (w *writer) loop() {
	var group []job
	var timer <-chan time.Time
	commit := func() {
		if len(group) > 0 {
			w.fail(w.commit(group))
			group = group[:0]
		}
		timer = nil
	}
	for {
		select {
		case j, ok := <-w.jobs:
			switch {
			case !ok:
				commit()
				return
			case j.done != nil:
				commit()
				j.done <- w.alone(j)
			default:
				group = append(group, j)
				if timer == nil {
					timer = time.After(commitEvery)
				}
				if len(group) >= maxWaiting {
					commit()
				}
			}
		case <-timer:
			commit()
		}
	}
}

// alone runs a job that somebody waits for.
func (w *writer) alone(j job) error {
	if err := w.failed(); err != nil || j.do == nil {
		return err
	}
	return w.tx(j.do)
}

// always is no context of a caller: what has been handed over has been paid for, and is written whatever ends the run.
var always = context.Background()

func (w *writer) tx(do func(*sql.Tx) error) error {
	tx, err := w.db.sql.BeginTx(always, nil)
	if err != nil {
		return fmt.Errorf("write %s: %w", w.db.path, err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback()
		return fmt.Errorf("write %s: %w", w.db.path, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write %s: %w", w.db.path, err)
	}
	return nil
}

// commit writes a group of entries and usages.
func (w *writer) commit(group []job) error {
	if w.failed() != nil {
		return nil //nolint:nilerr // it is kept already, and told to whoever comes next
	}
	return w.tx(func(tx *sql.Tx) error {
		record, err := tx.PrepareContext(always, "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		usage, err := tx.PrepareContext(always, "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "+
			"n = n + excluded.n, samples = samples + excluded.samples, prompt_tokens = prompt_tokens + excluded.prompt_tokens, "+
			"cached_prompt_tokens = cached_prompt_tokens + excluded.cached_prompt_tokens, "+
			"completion_tokens = completion_tokens + excluded.completion_tokens, "+
			"reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens, cost = cost + excluded.cost, seconds = seconds + excluded.seconds")
		if err != nil {
			return err
		}
		for _, j := range group {
			if j.entry != nil {
				err = w.record(record, j.entry)
			} else {
				err = w.usage(usage, j.usage)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) record(stmt *sql.Stmt, e *Entry) error {
	place, err := w.db.place(e.Stage)
	if err != nil {
		return err
	}
	var reason, detail string
	var body []byte
	if e.Drop != nil {
		reason, detail = string(e.Drop.Reason), e.Drop.Detail
	}
	if e.Body != nil {
		body = w.db.enc.EncodeAll(e.Body, nil)
	}
	_, err = stmt.ExecContext(always, e.Seq, place, e.ID, e.Source, e.Count, reason, detail, e.Hash[:], body)
	return err
}

func (w *writer) usage(stmt *sql.Stmt, u *Usage) error {
	place, err := w.db.place(u.Stage)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(always, place, u.Model, u.Kind, u.N, u.Samples, u.PromptTokens, u.CachedPromptTokens, u.CompletionTokens,
		u.ReasoningTokens, u.Cost, u.Seconds)
	return err
}

func (w *writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// send hands a job over; after a failure, or after the end, it says so.
func (w *writer) send(ctx context.Context, j job) error {
	if err := w.failed(); err != nil {
		return err
	}
	select {
	case w.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// do runs a function in a transaction of its own, after everything that was put before.
func (w *writer) do(ctx context.Context, fn func(*sql.Tx) error) error {
	done := make(chan error, 1)
	if err := w.send(ctx, job{do: fn, done: done}); err != nil {
		return err
	}
	return <-done
}

func (w *writer) close() error {
	w.mu.Lock()
	shut := w.shut
	w.shut = true
	w.mu.Unlock()
	if !shut {
		close(w.jobs)
		w.done.Wait()
	}
	return w.failed()
}

// Put keeps an entry, in place of one of the same stage and seed. It is committed within [commitEvery], or by Flush. The
// entry's body belongs to the store from then on. The error is that of an earlier entry, which could not be written.
func (db *DB) Put(ctx context.Context, e Entry) error { return db.write.send(ctx, job{entry: &e}) }

// Use adds to what models were asked, which counts even for a caller who has been stopped. A failure to write it is
// what the next Put returns.
func (db *DB) Use(u Usage) {
	if db.write.failed() == nil {
		db.write.jobs <- job{usage: &u}
	}
}

// Flush returns when everything that was put before is committed.
func (db *DB) Flush(ctx context.Context) error {
	done := make(chan error, 1)
	if err := db.write.send(ctx, job{done: done}); err != nil {
		return err
	}
	return <-done
}
