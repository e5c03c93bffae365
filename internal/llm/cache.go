package llm

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // the driver
)

// Cache keeps answers in a file of SQLite, by content. Several processes may use one file at a time, but not over a
// network's file system. What Put has returned for is on the disk: neither a kill nor a loss of power takes it back.
type Cache struct {
	path  string
	write *sql.DB // one connection
	read  *sql.DB
	put   *sql.Stmt
	get   *sql.Stmt
	has   *sql.Stmt

	mu   sync.Mutex
	next *commit       // what the next commit takes
	turn chan struct{} // holds one token: the right to commit
}

// Entry is one answer with its name.
type Entry struct {
	SampleKey
	Answer Answer
}

// The form of the file may not change: it holds what was paid for. application_id says "acec".
const cacheSchema = `
CREATE TABLE IF NOT EXISTS answers (
	key    BLOB    NOT NULL, -- SHA-256, see KeyOf
	sample INTEGER NOT NULL,
	answer BLOB    NOT NULL, -- Answer as JSON, in a zstd frame where that is smaller
	PRIMARY KEY (key, sample)
) STRICT;
PRAGMA application_id = 0x61636563;
PRAGMA user_version = 1;`

const (
	cacheID      = 0x61636563
	cacheVersion = 1
)

// OpenCache opens a cache and makes the file if there is none.
func OpenCache(ctx context.Context, path string) (*Cache, error) {
	c := &Cache{path: path, next: newCommit(), turn: make(chan struct{}, 1)}
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the cache of answers %s: %w", path, err), c.Close())
	}
	return c, nil
}

func (c *Cache) open(ctx context.Context) error {
	if info, err := os.Stat(c.path); err == nil && info.IsDir() {
		return errors.New("it is a folder; name a file")
	}
	var err error
	if c.write, err = sql.Open("sqlite", dsn(c.path)); err != nil {
		return err
	}
	c.write.SetMaxOpenConns(1)
	if err := c.prepareFile(ctx); err != nil {
		return err
	}
	if c.read, err = sql.Open("sqlite", dsn(c.path)); err != nil {
		return err
	}
	c.read.SetMaxOpenConns(runtime.GOMAXPROCS(0))
	c.read.SetMaxIdleConns(runtime.GOMAXPROCS(0))
	for _, s := range []struct {
		stmt  **sql.Stmt
		db    *sql.DB
		query string
	}{
		{&c.put, c.write, "INSERT INTO answers (key, sample, answer) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"},
		{&c.get, c.read, "SELECT sample, answer FROM answers WHERE key = ? AND sample >= ? AND sample < ? ORDER BY sample"},
		{&c.has, c.read, "SELECT sample FROM answers WHERE key = ? AND sample >= ? AND sample < ?"}, // the index has it all
	} {
		if *s.stmt, err = s.db.PrepareContext(ctx, s.query); err != nil {
			return err
		}
	}
	return nil
}

// dsn names the file for the driver. In WAL mode full synchronisation makes a commit last; what it costs is shared by
// the answers that are committed together.
func dsn(path string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = url.Values{
		"_pragma": {"busy_timeout(60000)", "journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(8000)"},
		"_txlock": {"immediate"},
	}.Encode()
	return u.String()
}

// prepareFile makes the tables of a new file, and refuses one that is something else.
func (c *Cache) prepareFile(ctx context.Context) error {
	tx, err := c.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var id, version, tables int
	for pragma, into := range map[string]*int{
		"PRAGMA application_id": &id, "PRAGMA user_version": &version, "SELECT count(*) FROM sqlite_schema": &tables,
	} {
		if err := tx.QueryRowContext(ctx, pragma).Scan(into); err != nil {
			return err
		}
	}
	switch {
	case id == cacheID && version == cacheVersion:
		return nil
	case id == cacheID:
		return fmt.Errorf("it is of version %d, and this program knows version %d", version, cacheVersion)
	case tables > 0:
		return errors.New("it is a database of something else; name another file")
	}
	if _, err := tx.ExecContext(ctx, cacheSchema); err != nil {
		return err
	}
	return tx.Commit()
}

// Get returns the answers that the cache has to the samples first to first+n-1 of a request, by sample.
func (c *Cache) Get(ctx context.Context, key Key, first, n int) (map[int]Answer, error) {
	rows, err := c.get.QueryContext(ctx, key[:], first, first+n)
	if err != nil {
		return nil, c.fail("read", err)
	}
	defer func() { _ = rows.Close() }()
	found := make(map[int]Answer, n)
	for rows.Next() {
		var sample int
		var packed sql.RawBytes
		if err := rows.Scan(&sample, &packed); err != nil {
			return nil, c.fail("read", err)
		}
		a, err := unpack(packed)
		if err != nil {
			return nil, c.fail("read", fmt.Errorf("sample %d of %v: %w", sample, key, err))
		}
		found[sample] = a
	}
	if err := rows.Err(); err != nil {
		return nil, c.fail("read", err)
	}
	return found, nil
}

// Has reports for each of the keys whether the cache has its answer. It reads none. Samples of one request that follow
// each other cost one look.
func (c *Cache) Has(ctx context.Context, keys []SampleKey) ([]bool, error) {
	found := make([]bool, 0, len(keys))
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n] == (SampleKey{keys[0].Key, keys[0].Sample + n}) {
			n++
		}
		some, err := c.hasRun(ctx, keys[0], n)
		if err != nil {
			return nil, c.fail("read", err)
		}
		found, keys = append(found, some...), keys[n:]
	}
	return found, nil
}

// hasRun is Has for a sample and the n-1 after it.
func (c *Cache) hasRun(ctx context.Context, first SampleKey, n int) ([]bool, error) {
	rows, err := c.has.QueryContext(ctx, first.Key[:], first.Sample, first.Sample+n)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	found := make([]bool, n)
	for rows.Next() {
		var sample int
		if err := rows.Scan(&sample); err != nil {
			return nil, err
		}
		found[sample-first.Sample] = true
	}
	return found, rows.Err()
}

// Close closes the file. Nothing may use the cache then.
func (c *Cache) Close() error {
	var err error
	for _, stmt := range []*sql.Stmt{c.put, c.get, c.has} {
		if stmt != nil {
			err = errors.Join(err, stmt.Close())
		}
	}
	for _, db := range []*sql.DB{c.read, c.write} { // the last one to close takes the journal in
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if err != nil {
		return c.fail("close", err)
	}
	return nil
}

func (c *Cache) fail(what string, err error) error {
	return fmt.Errorf("%s the cache of answers %s: %w", what, c.path, err)
}

// maxPacked bounds what is unpacked: far more than any answer, and little enough to hold.
const maxPacked = 256 << 20

var (
	packer   = sync.OnceValue(func() *zstd.Encoder { return must(zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))) })
	unpacker = sync.OnceValue(func() *zstd.Decoder {
		return must(zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPacked)))
	})
)

// must is for options that are constants.
func must[T any](v T, err error) T {
	if err != nil {
		panic("llm: " + err.Error())
	}
	return v
}

// worthPacking is the size below which zstd saves nothing.
const worthPacking = 256

// pack writes an answer as the cache keeps it. JSON begins with {, and a zstd frame does not, so a reader can tell.
func pack(a Answer) ([]byte, error) {
	data, err := json.Marshal(a)
	if err != nil || len(data) < worthPacking {
		return data, err
	}
	if packed := packer().EncodeAll(data, make([]byte, 0, len(data))); len(packed) < len(data)*9/10 {
		return packed, nil
	}
	return data, nil
}

func unpack(data []byte) (a Answer, err error) {
	if len(data) > 0 && data[0] != '{' {
		if data, err = unpacker().DecodeAll(data, nil); err != nil {
			return a, err
		}
	}
	err = json.Unmarshal(data, &a)
	a.Cached = true
	return a, err
}
