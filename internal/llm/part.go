package llm

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/openai/openai-go/v3/option"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// draft is a part that is being written.
type draft struct {
	Part
	file  *os.File
	lines int
	size  int64
}

// draft writes lines to a file until it has as many as a batch takes. The error io.EOF says that there are no more
// lines, ErrBudget that the budget takes no more; the draft is sound with both.
func (b *batcher) draft(next func() (line, error, bool)) (*draft, error) {
	file, err := scratch()
	if err != nil {
		return nil, err
	}
	d := &draft{file: file, Part: Part{ID: rand.Text(), Created: time.Now()}}
	for d.lines < b.mostLines && d.size < b.mostBytes {
		l, err, more := next()
		switch {
		case err != nil:
			return d, err
		case !more:
			return d, io.EOF
		}
		if err := b.c.cfg.Budget.grow(d.Reserved, d.Reserved.plus(l.estimate)); err != nil {
			return d, err
		}
		d.Reserved = d.Reserved.plus(l.estimate)
		if _, err := file.Write(l.data); err != nil {
			return d, fmt.Errorf("batch: %w", err)
		}
		d.lines++
		d.size += int64(len(l.data))
		d.Members = appendMembers(d.Members, l.id)
	}
	return d, nil
}

// scratch returns a file that is gone when it is closed, or when the process dies.
func scratch() (*os.File, error) {
	file, err := os.CreateTemp("", "acecoder-batch-*.jsonl")
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("batch: %w", err), file.Close())
	}
	return file, nil
}

// launch brings a draft to the server. Each step is in the journal before the next, so that a part whose batch may
// have been made is always known by the file that only it has.
func (b *batcher) launch(ctx context.Context, d *draft) (Part, error) {
	p := d.Part
	err := b.c.persist(ctx, "files of batches", fileTime, func(ctx context.Context) *fault {
		f, err := d.upload(ctx, b.c)
		p.FileID = f.ID
		return err
	})
	if err != nil {
		return p, err
	}
	if err := b.save(ctx, p); err != nil {
		return p, err
	}
	return b.create(ctx, p, false)
}

func (b *batcher) save(ctx context.Context, p Part) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.journal.Save(context.WithoutCancel(ctx), p); err != nil {
		return fmt.Errorf("save the journal of batches: %w", err)
	}
	return nil
}

// upload sends the file as a form, without holding it in memory.
func (d *draft) upload(ctx context.Context, c *Client) (f wire.File, _ *fault) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	err := w.WriteField("purpose", "batch")
	if err == nil {
		_, err = w.CreateFormFile("file", d.ID+".jsonl")
	}
	head := form.Len()
	err = errors.Join(err, w.Close())
	if err == nil {
		_, err = d.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return f, &fault{kind: KindRejected, err: err}
	}
	size := int64(form.Len()) + d.size
	body := io.MultiReader(bytes.NewReader(form.Bytes()[:head]), d.file, bytes.NewReader(form.Bytes()[head:]))
	sent := c.json(ctx, http.MethodPost, "files", nil, &f,
		option.WithRequestBody(w.FormDataContentType(), body),
		option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			r.ContentLength = size // without it the body would go in chunks, which not every server takes
			return next(r)
		}))
	return f, sent
}

// metadataPart is the name under which a batch has its part's ID.
const metadataPart = "acecoder_part"

// create makes the batch of a part, once: where it cannot be known whether an attempt has made it, which is so after
// a lost answer and, with find set, from the start, it looks for it first.
func (b *batcher) create(ctx context.Context, p Part, find bool) (Part, error) {
	request := wire.NewBatch{
		InputFileID: p.FileID, Endpoint: wire.ChatURL, CompletionWindow: "24h", Metadata: map[string]string{metadataPart: p.ID},
	}
	err := b.c.persist(ctx, "batches, or the file of this one", b.c.cfg.Timeout, func(ctx context.Context) *fault {
		if find {
			f := b.find(ctx, &p)
			if f != nil || p.BatchID != "" {
				return f
			}
		}
		find = true
		var made wire.Batch
		f := b.c.json(ctx, http.MethodPost, "batches", request, &made, option.WithHeader("Idempotency-Key", p.ID))
		p.BatchID = made.ID
		return f
	})
	if err != nil {
		return p, err
	}
	return p, b.save(ctx, p)
}

// mostPages bounds the search for a batch: 100 batches a page, the newest first.
const mostPages = 100

// find looks for the batch of a part among the server's, by its name and by its file, and sets its ID.
func (b *batcher) find(ctx context.Context, p *Part) *fault {
	query := url.Values{"limit": {"100"}}
	for range mostPages {
		var page wire.Page[wire.Batch]
		if f := b.c.json(ctx, http.MethodGet, "batches?"+query.Encode(), nil, &page); f != nil {
			return f
		}
		for _, batch := range page.Data {
			if batch.Metadata[metadataPart] == p.ID || batch.InputFileID == p.FileID {
				p.BatchID = batch.ID
				return nil
			}
		}
		if !page.HasMore || len(page.Data) == 0 {
			return nil
		}
		query.Set("after", page.Data[len(page.Data)-1].ID)
	}
	return nil
}

// finish waits for the batch of a part, which it makes if that was not done, and reads what came of it.
func (b *batcher) finish(ctx context.Context, p Part) error {
	r := b.c.newReader(b.index)
	r.share = batchShare
	defer func() { b.c.cfg.Budget.settle(p.Reserved, r.spent) }()
	err := b.read(ctx, &p, r)
	if gone, ok := errors.AsType[*goneError](err); ok {
		r.fail(gone.Error(), 1)
		err = nil
	}
	if err != nil {
		return err
	}
	p.Ended = true
	b.add(r.Exchange)
	return b.save(ctx, p)
}

// goneError tells that the server does not know a batch, or a file of it.
type goneError struct{ error }

func (b *batcher) read(ctx context.Context, p *Part, r *lineReader) error {
	if p.BatchID == "" {
		var err error
		if *p, err = b.create(ctx, *p, true); err != nil {
			return err
		}
	}
	batch, err := b.wait(ctx, p.BatchID)
	if err != nil {
		return err
	}
	if batch.Errors != nil {
		for _, e := range batch.Errors.Data {
			r.fail(fmt.Sprintf("batch %s: %s: %s", batch.Status, e.Code, e.Message), 1)
		}
	}
	for _, id := range []string{batch.OutputFileID, batch.ErrorFileID} {
		if id == "" {
			continue
		}
		if err := b.readFile(ctx, id, r); err != nil {
			return err
		}
	}
	return nil
}

// How long to wait before a batch is asked for again: a little at first, for servers that are done at once.
const (
	firstPoll = time.Second
	lastPoll  = time.Minute
)

// wait waits until a batch has ended.
func (b *batcher) wait(ctx context.Context, id string) (batch wire.Batch, err error) {
	for pause := firstPoll; ; pause = min(2*pause, lastPoll) {
		err = b.c.persist(ctx, "the batch "+id, b.c.cfg.Timeout, func(ctx context.Context) *fault {
			return b.c.json(ctx, http.MethodGet, "batches/"+url.PathEscape(id), nil, &batch)
		})
		if err != nil || batch.Status.Final() {
			return batch, err
		}
		if err := sleep(ctx, pause); err != nil {
			return batch, err
		}
	}
}

// readFile reads a file of answers. It is loaded as a whole first: a connection that breaks in its middle must not
// count a line twice.
func (b *batcher) readFile(ctx context.Context, id string, r *lineReader) (err error) {
	file, err := scratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	err = b.c.persist(ctx, "the file "+id, fileTime, func(ctx context.Context) *fault { return b.c.download(ctx, id, file) })
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	return r.read(ctx, file)
}

func (c *Client) download(ctx context.Context, id string, to *os.File) *fault {
	if err := to.Truncate(0); err != nil {
		return &fault{kind: KindRejected, err: err}
	}
	resp, f := c.send(ctx, http.MethodGet, "files/"+url.PathEscape(id)+"/content", nil)
	if f != nil {
		return f
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.NewOffsetWriter(to, 0), resp.Body); err != nil {
		return readFault(err)
	}
	return nil
}

// json sends a request that is not for an answer, and reads the JSON that comes.
func (c *Client) json(ctx context.Context, method, path string, in, out any, opts ...option.RequestOption) *fault {
	resp, f := c.send(ctx, method, path, in, opts...)
	if f != nil {
		return f
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := read(resp)
	if err != nil {
		return readFault(err)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &fault{kind: KindBadJSON, err: err}
	}
	return nil
}

// fileTime is how long a file may be on its way.
const fileTime = time.Hour

// persist tries again what is no request for an answer, as long as such a request would be.
func (c *Client) persist(ctx context.Context, what string, timeout time.Duration, do func(context.Context) *fault) error {
	t := c.newTry(what)
	for {
		t.sent++
		f := timed(ctx, timeout, do)
		switch {
		case f == nil:
			return nil
		case f.wire != nil && f.wire.Status == http.StatusNotFound:
			return &goneError{c.stop(what, f)}
		case !f.retried():
			return c.stop(what, f)
		}
		if err := c.again(ctx, t, f); err != nil {
			return err
		}
	}
}
