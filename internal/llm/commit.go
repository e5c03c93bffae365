package llm

import (
	"context"
	"database/sql"
	"errors"
)

// commit is what is written to the cache in one transaction.
type commit struct {
	entries []packedEntry
	stored  []bool // false: the cache had an answer already
	err     error
	done    chan struct{} // closed when stored and err are set
}

type packedEntry struct {
	SampleKey
	packed []byte
}

func newCommit() *commit { return &commit{done: make(chan struct{})} }

// Put stores answers and returns when they are on the disk. It returns them as the cache has them: where another
// process was faster, the answer is that one's, for sample k of a request is always the same. The answers of Puts that
// meet are committed together, which is what makes it fast.
func (c *Cache) Put(ctx context.Context, entries ...Entry) ([]Answer, error) {
	packed := make([]packedEntry, len(entries))
	for i, e := range entries {
		data, err := pack(e.Answer)
		if err != nil {
			return nil, c.fail("write", err)
		}
		packed[i] = packedEntry{e.SampleKey, data}
	}
	joined, at := c.join(packed)
	select {
	case <-joined.done:
	case c.turn <- struct{}{}:
		// Whoever has the turn commits what has gathered while the commit before was under way.
		select {
		case <-joined.done:
		default:
			c.commit(context.WithoutCancel(ctx)) // the answers are paid for, whoever still waits for them
		}
		<-c.turn
	}
	if joined.err != nil {
		return nil, c.fail("write", joined.err)
	}
	return c.asStored(ctx, entries, joined.stored[at:at+len(entries)])
}

// join adds entries to the next commit, and says where they are in it.
func (c *Cache) join(entries []packedEntry) (*commit, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := len(c.next.entries)
	c.next.entries = append(c.next.entries, entries...)
	return c.next, at
}

// commit writes what has gathered. Only who has the turn may call it.
func (c *Cache) commit(ctx context.Context) {
	c.mu.Lock()
	now := c.next
	c.next = newCommit()
	c.mu.Unlock()
	now.stored, now.err = c.transact(ctx, now.entries)
	close(now.done)
}

func (c *Cache) transact(ctx context.Context, entries []packedEntry) (stored []bool, err error) {
	tx, err := c.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() {
		if end := tx.Rollback(); !errors.Is(end, sql.ErrTxDone) {
			err = errors.Join(err, end)
		}
	}()
	put := tx.StmtContext(ctx, c.put)
	stored = make([]bool, len(entries))
	for i, e := range entries {
		result, err := put.ExecContext(ctx, e.Key[:], e.Sample, e.packed)
		if err != nil {
			return nil, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return nil, err
		}
		stored[i] = n > 0
	}
	return stored, tx.Commit()
}

// asStored returns the answers of the entries, and where the cache had another one, that.
func (c *Cache) asStored(ctx context.Context, entries []Entry, stored []bool) ([]Answer, error) {
	answers := make([]Answer, len(entries))
	for i, e := range entries {
		answers[i] = e.Answer
		if stored[i] {
			continue
		}
		found, err := c.Get(ctx, e.Key, e.Sample, 1)
		if err != nil {
			return nil, err
		}
		answers[i] = found[e.Sample]
	}
	return answers, nil
}
