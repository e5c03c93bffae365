package llm

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

// Want is a request and the samples of its answer that are wanted: First to First+N-1.
type Want struct {
	Request  Request
	First, N int
}

// line is a request as a batch's file has it, and what is needed to pay for it.
type line struct {
	id       lineID
	data     []byte // one line of JSON, with its end
	estimate Spending
}

// lineID names a line: n samples of a request from the first on. It is written as <key in hexadecimal>-<first>x<n>,
// with a p at the end where the beginning of the answer is asked for in words.
type lineID struct {
	SampleKey
	n         int
	askPrefix bool
}

func (id lineID) String() string {
	asked := ""
	if id.askPrefix {
		asked = "p"
	}
	return fmt.Sprintf("%v-%dx%d%s", id.Key, id.Sample, id.n, asked)
}

// samples yields what the line asks for.
func (id lineID) samples() iter.Seq[SampleKey] {
	return func(yield func(SampleKey) bool) {
		for i := range id.n {
			if !yield(SampleKey{id.Key, id.Sample + i}) {
				return
			}
		}
	}
}

// parseLineID is false for what is none of ours.
func parseLineID(s string) (id lineID, ok bool) {
	key, samples, _ := strings.Cut(s, "-")
	samples, id.askPrefix = strings.CutSuffix(samples, "p")
	first, n, _ := strings.Cut(samples, "x")
	raw, err := hex.DecodeString(key)
	if err != nil || len(raw) != len(id.Key) {
		return id, false
	}
	copy(id.Key[:], raw)
	var err1, err2 error
	id.Sample, err1 = strconv.Atoi(first)
	id.n, err2 = strconv.Atoi(n)
	return id, err1 == nil && err2 == nil && id.Sample >= 0 && id.n > 0 && id.String() == s
}

// lines yields the lines of all samples that are wanted, not in the cache, and not pending, each once.
func (c *Client) lines(ctx context.Context, wants iter.Seq2[Want, error], pending map[member]bool) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		for w, err := range wants {
			var missing []SampleKey
			if err == nil {
				missing, err = c.missing(ctx, w.Request, w.First, w.N)
			}
			if err != nil {
				yield(line{}, err)
				return
			}
			for _, id := range c.runs(w.Request, missing, pending) {
				l, err := c.line(w.Request, id)
				if !yield(l, err) || err != nil {
					return
				}
			}
		}
	}
}

// runs gathers samples that follow each other, where the server is known to give several for one request. They are
// pending then.
func (c *Client) runs(r Request, samples []SampleKey, pending map[member]bool) []lineID {
	most := 1
	if r.Seed == nil && c.dialect(r.Model).n == yes {
		most = maxN
	}
	var ids []lineID
	for _, s := range samples {
		if pending[memberOf(s)] {
			continue
		}
		pending[memberOf(s)] = true
		if last := len(ids) - 1; last >= 0 && ids[last].Sample+ids[last].n == s.Sample && ids[last].n < most {
			ids[last].n++
			continue
		}
		ids = append(ids, lineID{SampleKey: s, n: 1})
	}
	return ids
}

func (c *Client) line(r Request, id lineID) (line, error) {
	a := c.prepare(r, id.Sample, id.n, c.dialect(r.Model))
	id.askPrefix = r.Continue && a.dialect.askPrefix
	body, err := wire.Encode(a.body)
	if err != nil {
		return line{}, err
	}
	data, err := wire.Encode(wire.BatchLine{CustomID: id.String(), Method: http.MethodPost, URL: wire.ChatURL, Body: body})
	l := line{id: id, data: append(data, '\n'), estimate: c.spending(a.most)}
	l.estimate.Money *= batchShare
	return l, err
}

// seedOf returns the seed that a request's sample is asked with, if the request has one.
func seedOf(r Request, sample int) *int64 {
	if r.Seed == nil {
		return nil
	}
	seed := *r.Seed + int64(sample)
	return &seed
}

// Exchange says what was written to, or read from, files of requests and answers.
type Exchange struct {
	Lines    int // requests written, or answers read
	Samples  int // of them; those read are in the cache
	Unknown  int // lines read that are no answer to anything wanted
	Repeated int // lines read that were there before
	Refused  []Refusal
	Failed   map[string]int // lines read without an answer, by what was said; they may be asked again
}

// mostMessages bounds the messages that are told apart; some servers put a number into each.
const mostMessages = 20

func (x *Exchange) fail(message string, n int) {
	if x.Failed == nil {
		x.Failed = map[string]int{}
	}
	if _, there := x.Failed[message]; !there && len(x.Failed) >= mostMessages {
		message = "others"
	}
	x.Failed[message] += n
}

// Refusal is a sample whose request will never be answered.
type Refusal struct {
	SampleKey
	Err *RefusedError
}

// WriteRequests writes what is wanted and not in the cache as lines of OpenAI's batch format, which vLLM's run_batch
// and others read where there is no network.
func (c *Client) WriteRequests(ctx context.Context, w io.Writer, wants iter.Seq2[Want, error]) (Exchange, error) {
	var x Exchange
	for l, err := range c.lines(ctx, wants, map[member]bool{}) {
		if err != nil {
			return x, err
		}
		if _, err := w.Write(l.data); err != nil {
			return x, fmt.Errorf("write requests: %w", err)
		}
		x.Lines++
		x.Samples += l.id.n
	}
	return x, nil
}
