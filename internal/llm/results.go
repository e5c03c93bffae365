package llm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// ReadAnswers reads answers to what WriteRequests wrote, in any order, and stores them in the cache, where Ask finds
// them. Wants are those that were written.
func (c *Client) ReadAnswers(ctx context.Context, in io.Reader, wants iter.Seq2[Want, error]) (Exchange, error) {
	if c.cfg.Cache == nil {
		return Exchange{}, errNoCache
	}
	index, err := c.index(wants)
	if err != nil {
		return Exchange{}, err
	}
	r := c.newReader(index)
	err = r.read(ctx, in)
	return r.Exchange, err
}

var errNoCache = errors.New("answers that come later need a cache to come to, and none is configured")

// known is what must be known of a request to read its answers.
type known struct{ model, prefix string }

// request is a request as far as it is known.
func (k known) request() Request {
	return Request{Model: k.model, Continue: k.prefix != "", Messages: []Message{{Assistant, k.prefix}}}
}

// index goes through the wants.
func (c *Client) index(wants iter.Seq2[Want, error]) (map[Key]known, error) {
	all := map[Key]known{}
	for w, err := range wants {
		if err != nil {
			return nil, err
		}
		key, err := KeyOf(w.Request, c.cfg.Revision)
		if err != nil {
			return nil, err
		}
		all[key] = known{w.Request.Model, w.Request.prefix()}
	}
	return all, nil
}

// lineReader stores the answers of a file.
type lineReader struct {
	Exchange
	c       *Client
	index   map[Key]known
	share   float64 // of the prices
	spent   Spending
	seen    map[lineID]bool
	entries []Entry            // to be stored
	sent    map[string]dialect // by model, in which the lines were sent, as far as is known
}

func (c *Client) newReader(index map[Key]known) *lineReader {
	return &lineReader{c: c, index: index, share: 1, seen: map[lineID]bool{}, sent: map[string]dialect{}}
}

// manyEntries is how many answers are stored together.
const manyEntries = 256

// read reads a file to its end, which need not be a whole line.
func (r *lineReader) read(ctx context.Context, in io.Reader) error {
	buf := bufio.NewReaderSize(in, 1<<20)
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, err := buf.ReadBytes('\n')
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("read answers: line %d: %w", number, err)
		}
		if len(bytes.TrimSpace(text)) > 0 {
			r.line(text)
		}
		if len(r.entries) >= manyEntries || last {
			if err := r.store(ctx); err != nil || last {
				return err
			}
		}
	}
}

func (r *lineReader) store(ctx context.Context) error {
	if len(r.entries) == 0 {
		return nil
	}
	_, err := r.c.cfg.Cache.Put(ctx, r.entries...)
	r.entries = r.entries[:0]
	return err
}

// line reads one line. One that is cut off or damaged is unknown: its request is asked again.
func (r *lineReader) line(text []byte) {
	r.Lines++
	var result wire.BatchResult
	if json.Unmarshal(text, &result) != nil {
		r.Unknown++
		return
	}
	id, ours := parseLineID(result.CustomID)
	request, wanted := r.index[id.Key]
	switch {
	case !ours || !wanted:
		r.Unknown++
	case r.seen[id]:
		r.Repeated++
	default:
		r.seen[id] = true
		r.result(id, request, result)
	}
}

func (r *lineReader) result(id lineID, request known, result wire.BatchResult) {
	e := Event{Model: request.model, Kind: KindServerError}
	defer func() { r.c.observe(e) }()
	if result.Response == nil || result.Response.StatusCode == 0 {
		message := "no answer"
		if result.Error != nil {
			message = strings.Trim(result.Error.Code+": "+result.Error.Message, ": ")
		}
		r.fail(message, 1)
		return
	}
	if status := result.Response.StatusCode; status != http.StatusOK {
		e.Kind = r.refusal(id, request.model, wire.ReadError(status, result.Response.Body))
		return
	}
	answers, kind, f := r.c.answers(request.request(), dialect{askPrefix: id.askPrefix}, id.n, result.Response.Body)
	if f != nil {
		e.Kind = f.kind
		r.fail(f.err.Error(), 1)
		return
	}
	for k := range id.samples() {
		if i := k.Sample - id.Sample; i < len(answers) {
			answers[i].Usage.Cost *= r.share
			r.entries = append(r.entries, Entry{k, answers[i]})
		}
	}
	e.Kind, e.Samples, e.Usage = kind, len(answers), sum(answers)
	r.Samples += len(answers)
	r.spent = r.spent.plus(Spending{e.Usage.Cost, int64(tokens(e.Usage)), 1})
	if id.n > 1 {
		r.c.model(request.model).memory.gave(len(answers) > 1)
	}
}

// refusal notes a line that was answered with an error.
func (r *lineReader) refusal(id lineID, model string, e *wire.Error) Kind {
	f := statusFault(nil, e)
	if _, there := r.sent[model]; !there {
		r.sent[model] = r.c.dialect(model) // before the first refusal teaches anything
	}
	// What was sent is not known any more; the server names the field that it does not like.
	sent := wire.ChatRequest{N: id.n, MaxTokens: 1, ResponseFormat: &wire.ResponseFormat{}, ContinueFinalMessage: true}
	switch {
	case f.kind != KindRefused:
	case r.c.model(model).memory.learn(r.sent[model], sent, e):
		f.kind = KindFieldRejected
	case misconfigured(sent, e):
		f.kind = KindRejected
	default:
		for k := range id.samples() {
			r.Refused = append(r.Refused, Refusal{k, &RefusedError{Code: e.Status, Message: e.Message}})
		}
		return f.kind
	}
	r.fail(e.Error(), 1)
	return f.kind
}
