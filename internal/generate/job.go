package generate

import (
	"context"
	"fmt"
	"sync"
)

// job is a request that waits or is worked on.
type job struct {
	ctx     context.Context
	request Request
	limit   int // most tokens of an answer

	// What follows belongs to the goroutine of Run until the job is done.
	begun   int // samples that have got a slot
	left    int // samples that have not ended
	answers []Answer

	mu     sync.Mutex // guards what follows
	pieces []Piece    // not yet given out
	done   bool
	err    error
	news   chan struct{} // of room for one: there is something to look at
}

// Generate answers one request. It returns a [ParamError] or a [ContextError] about the request, [ErrBusy], ErrEnded, or ctx's
// error; a request whose ctx ends leaves its slots before the next token. It may be called from any number of goroutines.
func (s *Scheduler) Generate(ctx context.Context, r Request) ([]Answer, error) {
	// However this ends, nobody waits for the job then.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	j, err := s.job(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.submit(j); err != nil {
		return nil, err
	}
	return j.wait()
}

// All answers requests with a decoder of their own, in their order, one slice of answers for each. The same requests with
// the same decoder are scheduled in the same way, so that not even rounding differs. The first error ends all of them.
func All(ctx context.Context, d Decoder, opt Options, requests []Request) ([][]Answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := New(d, opt)
	jobs := make([]*job, len(requests))
	for i, r := range requests {
		var err error
		if jobs[i], err = s.job(ctx, r); err != nil {
			return nil, fmt.Errorf("request %d: %w", i, err)
		}
	}
	if err := s.submit(jobs...); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Run(ctx) // the jobs have its error
	}()
	answers := make([][]Answer, len(jobs))
	var err error
	for i, j := range jobs {
		if answers[i], err = j.wait(); err != nil {
			err = fmt.Errorf("request %d: %w", i, err)
			break
		}
	}
	cancel()
	<-ended
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// job returns the job of a request that makes sense.
func (s *Scheduler) job(ctx context.Context, r Request) (*job, error) {
	p := r.Params
	if err := p.Check(); err != nil {
		return nil, err
	}
	if len(p.Stop) > 0 && r.Text == nil {
		return nil, &ParamError{"stop", "has texts, and the request has no decoder of text"}
	}
	if len(r.Prompt) == 0 {
		return nil, &ParamError{"prompt", "has no tokens"}
	}
	for _, t := range r.Prompt {
		if t < 0 || int(t) >= s.opt.Vocab {
			return nil, &ParamError{"prompt", fmt.Sprintf("has the token %d, and the model's are 0 to %d", t, s.opt.Vocab-1)}
		}
	}
	room := s.decoder.Capacity() - len(r.Prompt)
	if room < max(p.MaxTokens, 1) {
		return nil, &ContextError{Prompt: len(r.Prompt), MaxTokens: p.MaxTokens, Capacity: s.decoder.Capacity()}
	}
	limit := room
	if p.MaxTokens > 0 {
		limit = p.MaxTokens
	}
	return &job{ctx: ctx, request: r, limit: limit, left: p.N, answers: make([]Answer, p.N), news: make(chan struct{}, 1)}, nil
}

// begin returns the next sample, in a slot.
func (j *job) begin(slot int) *row {
	r := &row{job: j, sample: j.begun, slot: slot}
	if j.request.Text != nil {
		r.said = newSaid(j.request.Text(), j.request.Params.Stop)
	}
	j.begun++
	return r
}

// tell gives out what is new of a sample after a token, and notes its end.
func (r *row) tell(a *Answer) {
	j := r.job
	upTo, text := len(a.Draws), ""
	if a.Finish != "" {
		upTo = a.Said
	}
	if r.said != nil {
		if a.Finish != "" {
			r.said.end()
			a.Text = r.said.text.String()
		} else {
			upTo = r.said.upTo()
		}
		text = r.said.news()
	}
	if j.request.Emit != nil && (a.Finish != "" || text != "" || r.said == nil) {
		j.give(Piece{Sample: r.sample, Text: text, Draws: a.Draws[r.given:upTo:upTo], Finish: a.Finish})
		r.given = upTo
	}
	if a.Finish == "" {
		return
	}
	if j.left--; j.left == 0 {
		j.end(nil)
	}
}

func (j *job) give(p Piece) {
	j.mu.Lock()
	j.pieces = append(j.pieces, p)
	j.mu.Unlock()
	j.signal()
}

// end notes the end of a job; the first one counts.
func (j *job) end(err error) {
	j.mu.Lock()
	if !j.done {
		j.done, j.err = true, err
	}
	j.mu.Unlock()
	j.signal()
}

func (j *job) signal() {
	select {
	case j.news <- struct{}{}:
	default: // whoever waits will look
	}
}

// isOver reports whether nobody waits for more of the job.
func (j *job) isOver() bool {
	if j.ctx.Err() != nil {
		return true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.done
}

// wait gives out pieces until the job has ended.
func (j *job) wait() ([]Answer, error) {
	for {
		select {
		case <-j.ctx.Done():
			return nil, j.ctx.Err()
		case <-j.news:
		}
		j.mu.Lock()
		pieces, done, err := j.pieces, j.done, j.err
		j.pieces = nil
		j.mu.Unlock()
		for _, p := range pieces {
			if err := j.request.Emit(p); err != nil {
				return nil, err
			}
		}
		if done {
			if err != nil {
				return nil, err
			}
			return j.answers, nil
		}
	}
}
