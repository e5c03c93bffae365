package seed

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/zeebo/xxh3"
	_ "modernc.org/sqlite" // the index lies in a file, so that memory does not grow with the seeds

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pycode"
)

// DefaultNear is the similarity from which on two programs are nearly the same.
const DefaultNear = 0.7

// mostMeetings bounds the programs that one is compared with; the earliest ones count.
const mostMeetings = 256

// Duplicates remembers seeds and knows those that were there before. Of seeds that are alike the first stays. It holds
// its index in a temporary file. One goroutine at a time may use it.
//
// Exact duplicates have the same instruction and the same program, but for blanks at the end and ends of lines. Near
// duplicates have programs whose sets of 5 tokens in a row have a Jaccard similarity of about the threshold or more,
// whatever their instructions are; the similarity is estimated by MinHash.
type Duplicates struct {
	near   float64
	bands  banding
	folder string
	db     *sql.DB
	n      int64
	seen   *bits // keys of bands that may be in the index: most of those of a new seed are not

	findExact, findNear, addSeed, addExact, addBands *sql.Stmt
}

// NewDuplicates returns an index without seeds. near is the similarity of near duplicates, above 0 and at most 1; with 0
// only exact ones are found. Close removes what it has on the disk.
func NewDuplicates(ctx context.Context, near float64) (*Duplicates, error) {
	if !(near >= 0 && near <= 1) {
		return nil, fmt.Errorf("near duplicates: a similarity of %v is not within 0 to 1", near)
	}
	d := &Duplicates{near: near, bands: newBanding(near), seen: new(bits)}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("make the index of duplicates: %w", err), d.Close())
	}
	return d, nil
}

func (d *Duplicates) open(ctx context.Context) (err error) {
	if d.folder, err = os.MkdirTemp("", "acecoder-seeds-"); err != nil {
		return err
	}
	if d.db, err = sql.Open("sqlite", filepath.Join(d.folder, "index.db")); err != nil {
		return err
	}
	d.db.SetMaxOpenConns(1)
	// Nothing has to survive this process, so nothing is journalled or waited for. The cache is in KiB.
	const schema = `
		PRAGMA journal_mode = OFF;
		PRAGMA synchronous = OFF;
		PRAGMA locking_mode = EXCLUSIVE;
		PRAGMA cache_size = -65536;
		CREATE TABLE seeds (n INTEGER PRIMARY KEY, id TEXT NOT NULL, signature BLOB);
		CREATE TABLE exact (key INTEGER PRIMARY KEY, n INTEGER NOT NULL);
		CREATE TABLE bands (key INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (key, n)) WITHOUT ROWID;
		BEGIN;`
	if _, err = d.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	rows := strings.TrimSuffix(strings.Repeat("(?,?),", d.bands.bands), ",")
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&d.findExact, "SELECT id FROM exact JOIN seeds USING (n) WHERE key = ?"},
		{&d.findNear, fmt.Sprintf("SELECT n, id, signature FROM bands JOIN seeds USING (n) WHERE key = ? ORDER BY n LIMIT %d", mostMeetings)},
		{&d.addSeed, "INSERT INTO seeds VALUES (?, ?, ?)"},
		{&d.addExact, "INSERT INTO exact VALUES (?, ?)"},
		{&d.addBands, "INSERT OR IGNORE INTO bands VALUES " + rows},
	} {
		if *s.to, err = d.db.PrepareContext(ctx, s.text); err != nil {
			return err
		}
	}
	return nil
}

// Close gives back what the index has.
func (d *Duplicates) Close() error {
	var err error
	if d.db != nil {
		err = d.db.Close()
	}
	if d.folder != "" {
		err = errors.Join(err, os.RemoveAll(d.folder))
	}
	return err
}

// Add remembers a seed, unless one like it is there: then it says so in a drop whose id is the one given.
func (d *Duplicates) Add(ctx context.Context, s acecoder.Seed, id string) (*acecoder.Drop, error) {
	key := exactKey(s)
	var first string
	switch err := d.findExact.QueryRowContext(ctx, key).Scan(&first); {
	case err == nil:
		return drop(id, acecoder.DropDuplicate, "the same as %s", first), nil
	case !errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("look for duplicates of %s: %w", s.ID, err)
	}
	var sig *signature
	if d.near > 0 {
		sig = newSignature(s.Program)
		like, err := d.nearest(ctx, sig)
		if err != nil {
			return nil, fmt.Errorf("look for near duplicates of %s: %w", s.ID, err)
		}
		if like.id != "" {
			return drop(id, acecoder.DropNearDuplicate, "like %s, similarity %.2f", like.id, like.similarity), nil
		}
	}
	if err := d.remember(ctx, s.ID, key, sig); err != nil {
		return nil, fmt.Errorf("remember %s: %w", s.ID, err)
	}
	return nil, nil
}

// exactKey is the same for exact duplicates.
func exactKey(s acecoder.Seed) int64 {
	return int64(xxh3.HashString(fmt.Sprintf("%d:%s%s", len(s.Instruction), s.Instruction, pycode.Normalize(s.Program))))
}

// match is the seed that a program is most like.
type match struct {
	id         string
	n          int64
	similarity float64
}

// nearest returns the most similar seed at or above the threshold, the first of equals, or a match without an id.
func (d *Duplicates) nearest(ctx context.Context, sig *signature) (match, error) {
	var best match
	for _, key := range d.bands.keys(sig) {
		if !d.seen.has(key) {
			continue
		}
		if err := d.meet(ctx, key, sig, &best); err != nil {
			return match{}, err
		}
	}
	return best, nil
}

// meet compares with the seeds that have a band in common.
func (d *Duplicates) meet(ctx context.Context, key int64, sig *signature, best *match) error {
	rows, err := d.findNear.QueryContext(ctx, key)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // what went wrong, Err tells
	for rows.Next() {
		var m match
		var data sql.RawBytes
		if err := rows.Scan(&m.n, &m.id, &data); err != nil {
			return err
		}
		t, ok := signatureOf(data)
		if !ok {
			return fmt.Errorf("a signature of %d bytes", len(data))
		}
		m.similarity = sig.similarity(&t)
		if m.similarity >= d.near && (m.similarity > best.similarity || (m.similarity == best.similarity && m.n < best.n)) {
			*best = m
		}
	}
	return rows.Err()
}

func (d *Duplicates) remember(ctx context.Context, id string, key int64, sig *signature) error {
	d.n++
	var data []byte
	if sig != nil {
		data = sig.bytes()
	}
	if _, err := d.addSeed.ExecContext(ctx, d.n, id, data); err != nil {
		return err
	}
	if _, err := d.addExact.ExecContext(ctx, key, d.n); err != nil || sig == nil {
		return err
	}
	keys := d.bands.keys(sig)
	args := make([]any, 0, 2*len(keys))
	for _, k := range keys {
		d.seen.add(k)
		args = append(args, k, d.n)
	}
	_, err := d.addBands.ExecContext(ctx, args...)
	return err
}

// bits is a set of keys that may say yes for one that is not in it: with 25 million keys to every eleventh of them.
type bits [1 << 22]uint64

func (b *bits) has(key int64) bool { return b[uint64(key)>>42]&(1<<(uint64(key)>>36&63)) != 0 }
func (b *bits) add(key int64)      { b[uint64(key)>>42] |= 1 << (uint64(key) >> 36 & 63) }
