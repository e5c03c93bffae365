package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math/big"

	"github.com/acecoder/acecoder"
)

// scanPage is how many entries are read at a time: a query that stayed open over a whole stage would keep the
// write-ahead log from being folded back for as long.
const scanPage = 256

const entryColumns = "r.seq, s.name, r.id, r.source, r.count, r.reason, r.detail, r.hash, r.body"

// Rows yields a stage's entries that go on, in the order of the seeds.
func (db *DB) Rows(ctx context.Context, stage string) iter.Seq2[Entry, error] {
	return db.scan(ctx, "SELECT "+entryColumns+" FROM records r JOIN stages s ON s.place = r.place "+
		"WHERE s.name = ?1 AND r.reason = '' AND r.seq > ?2 ORDER BY r.seq LIMIT ?3", stage)
}

// Drops yields a stage's drops, in the order of the seeds.
func (db *DB) Drops(ctx context.Context, stage string) iter.Seq2[Entry, error] {
	return db.scan(ctx, "SELECT "+entryColumns+" FROM records r JOIN stages s ON s.place = r.place "+
		"WHERE s.name = ?1 AND r.reason <> '' AND r.seq > ?2 ORDER BY r.seq LIMIT ?3", stage)
}

// Open yields, for every seed that has not been dropped and has not reached the stage yet, its last entry, in the order of
// the seeds.
func (db *DB) Open(ctx context.Context, stage string) iter.Seq2[Entry, error] {
	return db.scan(ctx, "SELECT "+entryColumns+" FROM records f JOIN records r ON r.seq = f.seq AND r.place = "+
		"(SELECT max(place) FROM records WHERE seq = f.seq) JOIN stages s ON s.place = r.place "+
		"WHERE f.place = 0 AND f.seq > ?2 AND r.reason = '' AND r.place < (SELECT place FROM stages WHERE name = ?1) ORDER BY f.seq LIMIT ?3", stage)
}

func (db *DB) scan(ctx context.Context, query, stage string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		after := int64(-1)
		for {
			page, err := db.page(ctx, query, stage, after)
			if err != nil {
				yield(Entry{}, fmt.Errorf("read %s: %w", db.path, err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < scanPage {
				return
			}
			after = page[len(page)-1].Seq
		}
	}
}

func (db *DB) page(ctx context.Context, query, stage string, after int64) ([]Entry, error) {
	rows, err := db.sql.QueryContext(ctx, query, stage, after, scanPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []Entry
	for rows.Next() {
		e, err := db.entry(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, e)
	}
	return page, rows.Err()
}

func (db *DB) entry(rows *sql.Rows) (Entry, error) {
	var e Entry
	var reason, detail string
	var hash, body []byte
	if err := rows.Scan(&e.Seq, &e.Stage, &e.ID, &e.Source, &e.Count, &reason, &detail, &hash, &body); err != nil {
		return e, err
	}
	copy(e.Hash[:], hash)
	if reason != "" {
		e.Drop = &acecoder.Drop{ID: e.ID, Stage: e.Stage, Reason: acecoder.DropReason(reason), Detail: detail}
	}
	if body != nil {
		var err error
		if e.Body, err = db.dec.DecodeAll(body, nil); err != nil {
			return e, fmt.Errorf("record %s of stage %s: %w", e.ID, e.Stage, err)
		}
	}
	return e, nil
}

// Get returns one entry; false where there is none.
func (db *DB) Get(ctx context.Context, stage string, seq int64) (Entry, bool, error) {
	page, err := db.page(ctx, "SELECT "+entryColumns+" FROM records r JOIN stages s ON s.place = r.place "+
		"WHERE s.name = ?1 AND r.seq = ?2 LIMIT ?3", stage, seq)
	if err != nil || len(page) == 0 {
		return Entry{}, false, err
	}
	return page[0], true, nil
}

// Summary is what a stage has done.
type Summary struct {
	Name     string                      `json:"name"`
	Entries  int                         `json:"entries"` // seeds that are through it, dropped ones included
	Rows     int                         `json:"rows"`    // that go on: of pairs several a seed
	Drops    map[acecoder.DropReason]int `json:"drops"`
	Digest   string                      `json:"digest"` // of its rows and drops
	Complete bool                        `json:"complete"`
	Seconds  float64                     `json:"seconds"` // of work, all records together
}

// Summary returns what the stages have done, in their order. A digest is the sum of the hashes of a stage's entries,
// modulo 2^256: it depends on what they are and never on the order in which they were made.
func (db *DB) Summary(ctx context.Context) ([]Summary, error) {
	stages, err := db.Stages(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Summary, len(stages))
	for i, s := range stages {
		if all[i], err = db.summary(ctx, s); err != nil {
			return nil, fmt.Errorf("read %s: stage %s: %w", db.path, s.Name, err)
		}
	}
	return all, nil
}

func (db *DB) summary(ctx context.Context, s Stage) (Summary, error) {
	out := Summary{Name: s.Name, Complete: s.Complete, Seconds: s.Seconds, Drops: map[acecoder.DropReason]int{}}
	place, err := db.place(s.Name)
	if err != nil {
		return out, err
	}
	rows, err := db.sql.QueryContext(ctx, "SELECT reason, count, hash FROM records INDEXED BY by_stage WHERE place = ?", place)
	if err != nil {
		return out, err
	}
	defer rows.Close()
	sum, term := new(big.Int), new(big.Int)
	for rows.Next() {
		var reason string
		var count int
		var hash []byte
		if err := rows.Scan(&reason, &count, &hash); err != nil {
			return out, err
		}
		out.Entries++
		if reason != "" {
			out.Drops[acecoder.DropReason(reason)]++
		} else {
			out.Rows += count
		}
		sum.Add(sum, term.SetBytes(hash))
	}
	var digest [32]byte
	sum.Mod(sum, new(big.Int).Lsh(big.NewInt(1), 256)).FillBytes(digest[:])
	out.Digest = hex.EncodeToString(digest[:])
	return out, rows.Err()
}

// Sources counts a stage's entries by source and by reason, "" for those that go on.
func (db *DB) Sources(ctx context.Context, stage string) (map[string]map[acecoder.DropReason]int, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT source, reason, count(*) FROM records r JOIN stages s ON s.place = r.place "+
		"WHERE s.name = ? GROUP BY source, reason", stage)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", db.path, err)
	}
	defer rows.Close()
	out := map[string]map[acecoder.DropReason]int{}
	for rows.Next() {
		var source, reason string
		var n int
		if err := rows.Scan(&source, &reason, &n); err != nil {
			return nil, fmt.Errorf("read %s: %w", db.path, err)
		}
		if out[source] == nil {
			out[source] = map[acecoder.DropReason]int{}
		}
		out[source][acecoder.DropReason(reason)] = n
	}
	return out, rows.Err()
}

// Usage returns what models were asked, by stage, model and kind.
func (db *DB) Usage(ctx context.Context) ([]Usage, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT s.name, u.model, u.kind, u.n, u.samples, u.prompt_tokens, u.cached_prompt_tokens, "+
		"u.completion_tokens, u.reasoning_tokens, u.cost, u.seconds FROM usage u JOIN stages s ON s.place = u.place ORDER BY u.place, u.model, u.kind")
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", db.path, err)
	}
	defer rows.Close()
	var all []Usage
	for rows.Next() {
		var u Usage
		if err := rows.Scan(&u.Stage, &u.Model, &u.Kind, &u.N, &u.Samples, &u.PromptTokens, &u.CachedPromptTokens,
			&u.CompletionTokens, &u.ReasoningTokens, &u.Cost, &u.Seconds); err != nil {
			return nil, fmt.Errorf("read %s: %w", db.path, err)
		}
		all = append(all, u)
	}
	return all, errors.Join(rows.Err())
}
