// Package store keeps a run: every record of every stage, what was dropped and why, what was asked of models and what it
// cost. One file, run.db, holds it all and is the only truth about a run.
//
// In: entries, in any order, from many goroutines. Out: the same entries, by stage in the order of the seeds, and counts
// and digests of them. Its invariant: an entry is there whole or not at all, and once Flush has returned it is there
// whatever dies afterwards.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // the driver
)

// schema is the file's form. version changes with it: a file of another version is refused, never converted in place.
const (
	version = 1
	schema  = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stages (
	place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, key TEXT NOT NULL, params TEXT NOT NULL,
	complete INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0
);
CREATE TABLE records (
	seq INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, count INTEGER NOT NULL,
	reason TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL, body BLOB,
	PRIMARY KEY (seq, place)
) WITHOUT ROWID;
CREATE INDEX by_stage ON records (place, seq, reason, source, count, hash);
CREATE TABLE usage (
	place INTEGER NOT NULL, model TEXT NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, samples INTEGER NOT NULL,
	prompt_tokens INTEGER NOT NULL, cached_prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
	reasoning_tokens INTEGER NOT NULL, cost REAL NOT NULL, seconds REAL NOT NULL,
	PRIMARY KEY (place, model, kind)
) WITHOUT ROWID;
CREATE TABLE journal (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`
)

// DB is an open run.db. Its methods may be called from several goroutines; one process at a time may write it.
type DB struct {
	path  string
	sql   *sql.DB
	lock  *os.File // nil for a reader
	enc   *zstd.Encoder
	dec   *zstd.Decoder
	write *writer

	mu     sync.Mutex
	places map[string]int // of the stages, by name
}

// Open opens the run.db at a path for writing and makes it where there is none. Another process that writes it is an
// error, a [BusyError].
func Open(ctx context.Context, path string) (*DB, error) {
	lock, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	db, err := open(path, "rwc")
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	db.lock = lock
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.sql.Close(), lock.Close())
	}
	db.write = newWriter(db)
	return db, nil
}

// View opens a run.db for reading, while another process may be writing it.
func View(ctx context.Context, path string) (*DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open a run: %w", err)
	}
	db, err := open(path, "ro")
	if err != nil {
		return nil, err
	}
	if err := db.checkVersion(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.sql.Close())
	}
	return db, db.readPlaces(ctx)
}

func open(path, mode string) (*DB, error) {
	// WAL lets readers read while a run writes. NORMAL gives up the last commits when the power fails, and nothing
	// when the process dies; what is lost then is done again.
	query := url.Values{"mode": {mode}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "cache_size(-16000)"}}
	if mode == "ro" {
		query["_pragma"] = query["_pragma"][:1]
	}
	sqlDB, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return &DB{path: path, sql: sqlDB, enc: enc, dec: dec, places: map[string]int{}}, nil
}

// prepare makes the tables of a new file and reads what an old one says of its stages.
func (db *DB) prepare(ctx context.Context) error {
	var tables int
	if err := db.sql.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables == 0 {
		if _, err := db.sql.ExecContext(ctx, "BEGIN;"+schema+fmt.Sprintf("INSERT INTO meta VALUES ('version', '%d'); COMMIT;", version)); err != nil {
			return err
		}
	}
	if err := db.checkVersion(ctx); err != nil {
		return err
	}
	return db.readPlaces(ctx)
}

func (db *DB) checkVersion(ctx context.Context) error {
	var v int
	if err := db.sql.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'version'").Scan(&v); err != nil {
		return fmt.Errorf("it is no run.db of acecoder: %w", err)
	}
	if v != version {
		return fmt.Errorf("it was written by another version of acecoder (its form is %d, this one reads %d): start a new run", v, version)
	}
	return nil
}

// Close commits what is waiting and closes the file.
func (db *DB) Close() error {
	var err error
	if db.write != nil {
		err = db.write.close()
	}
	err = errors.Join(err, db.sql.Close())
	if db.lock != nil {
		err = errors.Join(err, db.lock.Close())
	}
	return err
}

// BusyError tells that another process works on the run.
type BusyError struct{ Path string }

// Error names the file.
func (e *BusyError) Error() string {
	return fmt.Sprintf("another process is working on %s: wait for it to end, or look at it with acecoder status", e.Path)
}

// lockFile takes the lock that keeps a second process from writing. It is not SQLite's: that one is held for a
// transaction, this one for a run.
func lockFile(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("lock a run: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &BusyError{path}
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return file, nil
}

// Meta returns what was last set under a name, and "" where nothing was.
func (db *DB) Meta(ctx context.Context, name string) (string, error) {
	return db.text(ctx, "SELECT value FROM meta WHERE name = ?", name)
}

// SetMeta keeps a word under a name, at once.
func (db *DB) SetMeta(ctx context.Context, name, value string) error {
	return db.exec(ctx, "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
}

// Journal returns what was saved under the names that begin with a prefix, in the order of the names.
func (db *DB) Journal(ctx context.Context, prefix string) ([]string, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT value FROM journal WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name", prefix)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", db.path, err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, fmt.Errorf("read %s: %w", db.path, err)
		}
		all = append(all, value)
	}
	return all, rows.Err()
}

// SetJournal saves a text under a name, at once; an empty one removes it.
func (db *DB) SetJournal(ctx context.Context, name, value string) error {
	if value == "" {
		return db.exec(ctx, "DELETE FROM journal WHERE name = ?", name)
	}
	return db.exec(ctx, "INSERT INTO journal VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
}

func (db *DB) text(ctx context.Context, query, name string) (string, error) {
	var value string
	err := db.sql.QueryRowContext(ctx, query, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", db.path, err)
	}
	return value, nil
}

// exec writes in a transaction of its own, after what is waiting.
func (db *DB) exec(ctx context.Context, query string, args ...any) error {
	return db.write.do(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}

// commitEvery is how long an entry may wait to be committed: what a kill can lose.
const commitEvery = 100 * time.Millisecond
