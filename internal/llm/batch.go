package llm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"
)

// Journal keeps what a [Client.Batch] must not forget when its process dies. Every client has its own.
type Journal struct {
	// Load returns all parts that were saved.
	Load func(ctx context.Context) ([]Part, error)
	// Save stores a part in place of the one with its ID, and returns when that is on the disk. It is called by one
	// goroutine at a time.
	Save func(ctx context.Context, p Part) error
}

// Part is one batch of the server, on its way. Its JSON is for journals.
type Part struct {
	ID       string    `json:"id"`
	FileID   string    `json:"file_id"`            // the file of requests, at the server
	BatchID  string    `json:"batch_id,omitempty"` // empty: it may have been made, or not
	Ended    bool      `json:"ended,omitempty"`    // what came of it is in the cache
	Created  time.Time `json:"created"`
	Members  []byte    `json:"members"` // which samples it asks for
	Reserved Spending  `json:"reserved"`
}

// A batch's limits at OpenAI; others have the same or more.
const (
	maxLines = 50_000
	maxBytes = 190 << 20
)

// BatchReport says what came of a [Client.Batch].
type BatchReport struct {
	Exchange     // what was read; the samples that earlier calls had asked for are among them
	Batches  int // that ended in this call
	Left     int // samples without an answer, refused ones apart; ask for them again, in a batch or one by one
}

// Batch has the server answer what is wanted and not in the cache, at its leisure and at half the price, and returns
// when all that it was given has ended. The answers are in the cache then, where Ask finds them.
//
// It can be killed at any moment and called again with the same journal: it goes on with the batches that it had made,
// which it asks for no sample of twice, makes those that it had not, and waits for all. What a batch that failed,
// expired or was cancelled has answered is kept, and the rest is left. When the budget does not allow all, it does
// what is allowed and returns ErrBudget with its report. Wants is gone through several times.
func (c *Client) Batch(ctx context.Context, wants iter.Seq2[Want, error], journal Journal) (BatchReport, error) {
	if c.cfg.Cache == nil {
		return BatchReport{}, errNoCache
	}
	if c.cfg.BaseURL == "" {
		return BatchReport{}, errors.New("batch: no base_url is configured")
	}
	index, err := c.index(wants)
	if err != nil {
		return BatchReport{}, err
	}
	b := c.newBatcher(wants, index, journal)
	err = b.run(ctx)
	return b.report, err
}

// batcher is one call of Batch.
type batcher struct {
	c       *Client
	journal Journal
	wants   iter.Seq2[Want, error]
	index   map[Key]known
	pending map[member]bool // samples that open parts ask for

	mostLines int // of a batch
	mostBytes int64

	mu     sync.Mutex // one journal and one report for all parts
	report BatchReport
}

func (c *Client) newBatcher(wants iter.Seq2[Want, error], index map[Key]known, journal Journal) *batcher {
	return &batcher{
		c: c, journal: journal, wants: wants, index: index, pending: map[member]bool{}, mostLines: maxLines, mostBytes: maxBytes,
	}
}

func (b *batcher) run(ctx context.Context) error {
	parts, err := b.load(ctx)
	if err != nil {
		return err
	}
	made, limit := b.submit(ctx)
	parts = append(parts, made...)
	if limit != nil && !errors.Is(limit, ErrBudget) {
		for _, p := range parts {
			b.c.cfg.Budget.settle(p.Reserved, Spending{})
		}
		return limit
	}
	if err := b.collect(ctx, parts); err != nil {
		return err
	}
	if err := b.countLeft(ctx); err != nil {
		return err
	}
	return limit
}

// load returns the parts that an earlier call left open.
func (b *batcher) load(ctx context.Context) ([]Part, error) {
	parts, err := b.journal.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the journal of batches: %w", err)
	}
	var open []Part
	for _, p := range parts {
		if p.Ended {
			continue
		}
		open = append(open, p)
		b.c.cfg.Budget.force(p.Reserved)
		for m := range members(p.Members) {
			b.pending[m] = true
		}
	}
	return open, nil
}

// submit makes parts of what is wanted, not in the cache and not pending.
func (b *batcher) submit(ctx context.Context) (made []Part, err error) {
	lines := b.c.lines(ctx, b.wants, b.pending)
	next, stop := iter.Pull2(lines)
	defer stop()
	for {
		d, end := b.draft(next)
		if d == nil {
			return made, end
		}
		sound := end == nil || errors.Is(end, io.EOF) || errors.Is(end, ErrBudget)
		if sound && d.lines > 0 {
			var p Part
			if p, err = b.launch(ctx, d); err == nil {
				made = append(made, p)
			}
		}
		if (err != nil || !sound) && d.Reserved != (Spending{}) {
			b.c.cfg.Budget.settle(d.Reserved, Spending{})
		}
		if err = errors.Join(err, d.file.Close()); err != nil {
			return made, err
		}
		switch {
		case errors.Is(end, io.EOF):
			return made, nil
		case end != nil:
			return made, end
		}
	}
}

// collect waits for the parts and reads what came of them.
func (b *batcher) collect(ctx context.Context, parts []Part) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(parts))
	var joined sync.WaitGroup
	for i, p := range parts {
		joined.Go(func() {
			if errs[i] = b.finish(ctx, p); errs[i] != nil {
				cancel() // the others are at the server and wait there
			}
		})
	}
	joined.Wait()
	var first error
	for _, err := range errs {
		if first == nil || errors.Is(first, context.Canceled) && err != nil {
			first = err // the others were canceled because of it
		}
	}
	return first
}

// countLeft counts the samples that nothing came of.
func (b *batcher) countLeft(ctx context.Context) error {
	refused := map[SampleKey]bool{}
	for _, r := range b.report.Refused {
		refused[r.SampleKey] = true
	}
	for w, err := range b.wants {
		if err != nil {
			return err
		}
		missing, err := b.c.missing(ctx, w.Request, w.First, w.N)
		if err != nil {
			return err
		}
		for _, k := range missing {
			if !refused[k] {
				b.report.Left++
			}
		}
	}
	return nil
}

// add puts what was read of a part into the report.
func (b *batcher) add(x Exchange) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &b.report
	r.Batches++
	r.Lines += x.Lines
	r.Samples += x.Samples
	r.Unknown += x.Unknown
	r.Repeated += x.Repeated
	r.Refused = append(r.Refused, x.Refused...)
	for message, n := range x.Failed {
		r.fail(message, n)
	}
}

// member stands for a sample in a journal, in few bytes.
type member struct {
	key    uint64 // the beginning of the key
	sample uint32
}

func memberOf(k SampleKey) member {
	return member{binary.BigEndian.Uint64(k.Key[:]), uint32(k.Sample)}
}

// appendMembers writes the samples of a line: the beginning of its key, the first and how many.
func appendMembers(to []byte, id lineID) []byte {
	to = append(to, id.Key[:8]...)
	to = binary.BigEndian.AppendUint32(to, uint32(id.Sample))
	return binary.BigEndian.AppendUint32(to, uint32(id.n))
}

func members(data []byte) iter.Seq[member] {
	return func(yield func(member) bool) {
		for ; len(data) >= 16; data = data[16:] {
			m := member{binary.BigEndian.Uint64(data), binary.BigEndian.Uint32(data[8:])}
			for range binary.BigEndian.Uint32(data[12:]) {
				if !yield(m) {
					return
				}
				m.sample++
			}
		}
	}
}
