package generate

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// Options of a [Scheduler].
type Options struct {
	Vocab int // logits that the decoder gives; tokens of prompts are below it
	Queue int // requests that may wait for slots; 0: any number
}

// Scheduler answers requests with one decoder. Samples get slots in the order of their requests; a sample that has ended
// leaves its slot to the next one before the others' next token. [Scheduler.Run] must be running for requests to be
// answered.
type Scheduler struct {
	decoder Decoder
	opt     Options

	// What follows belongs to the goroutine of Run.
	samplers []Sampler // for each core
	free     []int     // slots, the next one to be taken last
	rows     []*row    // what is in the other slots, in the order in which it came

	// Scratch space of one call.
	slots  []int
	tokens []int32
	drawn  []drawn

	mu      sync.Mutex // guards what follows
	waiting []*job     // those of which a sample has no slot yet
	ended   error      // set when Run has ended
	wake    chan struct{}
}

// New returns a scheduler, to be run. The decoder is the scheduler's from here on.
func New(d Decoder, opt Options) *Scheduler {
	s := &Scheduler{decoder: d, opt: opt, samplers: make([]Sampler, runtime.GOMAXPROCS(0)), wake: make(chan struct{}, 1)}
	for slot := d.Slots() - 1; slot >= 0; slot-- {
		s.free = append(s.free, slot)
	}
	return s
}

// Run answers requests until ctx ends, which is no error, or the decoder fails. All open requests fail then.
func (s *Scheduler) Run(ctx context.Context) error {
	err := s.run(ctx)
	ended := ErrEnded
	if err != nil {
		ended = fmt.Errorf("%w: %w", ErrEnded, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = ended
	for _, j := range s.waiting {
		j.end(ended)
	}
	for _, r := range s.rows {
		r.job.end(ended)
	}
	s.waiting = nil
	return err
}

func (s *Scheduler) run(ctx context.Context) error {
	for ctx.Err() == nil {
		s.leave()
		begun := s.admit()
		if len(begun) == 0 && len(s.rows) == 0 {
			select {
			case <-ctx.Done():
			case <-s.wake:
			}
			continue
		}
		if err := s.prefill(begun); err != nil {
			return err
		}
		if err := s.step(); err != nil {
			return err
		}
	}
	return nil
}

// submit puts jobs into the queue, all or none.
func (s *Scheduler) submit(jobs ...*job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return s.ended
	}
	if s.opt.Queue > 0 && len(s.waiting)+len(jobs) > s.opt.Queue {
		// Those that nobody waits for any more must not keep others out.
		s.waiting = slices.DeleteFunc(s.waiting, (*job).isOver)
		if len(s.waiting)+len(jobs) > s.opt.Queue {
			return ErrBusy
		}
	}
	s.waiting = append(s.waiting, jobs...)
	select {
	case s.wake <- struct{}{}:
	default: // it will look
	}
	return nil
}

// row is a sample that has a slot.
type row struct {
	job    *job
	sample int
	slot   int
	tokens []int32 // that were drawn
	said   *said   // nil where text is not wanted
	given  int     // tokens that were given out
	over   bool
}

// admit gives free slots to the samples that come next. The samples of one group have the same prompt.
func (s *Scheduler) admit() (groups [][]*row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.waiting) > 0 && len(s.free) > 0 {
		j := s.waiting[0]
		var group []*row
		for !j.isOver() && j.begun < j.request.Params.N && len(s.free) > 0 {
			last := len(s.free) - 1
			group = append(group, j.begin(s.free[last]))
			s.free = s.free[:last]
		}
		if len(group) > 0 {
			groups = append(groups, group)
		}
		if j.isOver() || j.begun == j.request.Params.N {
			s.waiting = s.waiting[1:]
		}
	}
	return groups
}

// prefill reads the prompts of new samples, each prompt once, and draws their first tokens.
func (s *Scheduler) prefill(groups [][]*row) error {
	if len(groups) == 0 {
		return nil
	}
	s.slots = s.slots[:0]
	var prompts [][]int32
	for _, g := range groups {
		s.rows = append(s.rows, g...)
		s.slots = append(s.slots, g[0].slot)
		prompts = append(prompts, g[0].job.request.Prompt)
	}
	logits, err := s.decoder.Prefill(s.slots, prompts)
	if err := s.checked("prefill", logits, err); err != nil {
		return err
	}
	var rows []*row
	var after [][]float32
	for i, g := range groups {
		rows = append(rows, g...)
		for range g {
			after = append(after, logits[i])
		}
	}
	s.draw(rows, after)
	// Only now: the logits are good until the decoder's next call.
	for _, g := range groups {
		for _, r := range g[1:] {
			if r.over {
				continue
			}
			if err := s.decoder.Copy(r.slot, g[0].slot); err != nil {
				return fmt.Errorf("generate: copy slot %d to %d: %w", g[0].slot, r.slot, err)
			}
		}
	}
	s.leave()
	return nil
}

// step has every sample grow by a token.
func (s *Scheduler) step() error {
	if len(s.rows) == 0 {
		return nil
	}
	s.slots, s.tokens = s.slots[:0], s.tokens[:0]
	for _, r := range s.rows {
		s.slots = append(s.slots, r.slot)
		s.tokens = append(s.tokens, r.tokens[len(r.tokens)-1])
	}
	logits, err := s.decoder.Step(s.slots, s.tokens)
	if err := s.checked("step", logits, err); err != nil {
		return err
	}
	s.draw(s.rows, logits)
	return nil
}

// checked returns what is wrong with the result of a call, whose slots are in s.slots.
func (s *Scheduler) checked(call string, logits [][]float32, err error) error {
	if err != nil {
		return fmt.Errorf("generate: %s of %d slots: %w", call, len(s.slots), err)
	}
	if len(logits) != len(s.slots) {
		return fmt.Errorf("generate: %s of %d slots gave logits for %d", call, len(s.slots), len(logits))
	}
	for i, l := range logits {
		if len(l) != s.opt.Vocab {
			return fmt.Errorf("generate: %s gave %d logits for slot %d, and the vocabulary has %d tokens", call, len(l), s.slots[i], s.opt.Vocab)
		}
	}
	return nil
}

// drawn is what became of a draw.
type drawn struct {
	Draw
	err error
}

// draw draws the next token of each row from its logits. With a large vocabulary that is work for all cores.
func (s *Scheduler) draw(rows []*row, logits [][]float32) {
	s.drawn = sized(s.drawn, len(rows))
	var wait sync.WaitGroup
	for k := range min(len(s.samplers), len(rows)) {
		wait.Go(func() {
			for i := k; i < len(rows); i += len(s.samplers) {
				r, d := rows[i], &s.drawn[i]
				h := History{r.job.request.Prompt, r.tokens}
				d.Draw, d.err = s.samplers[k].Draw(&r.job.request.Params, logits[i], h, r.sample)
			}
		})
	}
	wait.Wait()
	for i, r := range rows {
		r.take(s.drawn[i])
	}
}

// take takes the next token of a sample and looks whether it ends there.
func (r *row) take(d drawn) {
	j := r.job
	if d.err != nil {
		j.end(fmt.Errorf("generate: token %d of answer %d: %w", len(r.tokens), r.sample, d.err))
		return
	}
	r.tokens = append(r.tokens, d.Token)
	a := &j.answers[r.sample]
	a.Draws = append(a.Draws, d.Draw)
	switch {
	case slices.Contains(j.request.Params.StopTokens, d.Token):
		a.Finish, a.Said = FinishStop, len(a.Draws)-1
	case r.said != nil && r.said.add(d.Token):
		a.Finish, a.Said = FinishStop, r.said.upTo()
	case len(a.Draws) == j.limit:
		a.Finish, a.Said = FinishLength, len(a.Draws)
	}
	r.over = a.Finish != ""
	r.tell(a)
}

// leave takes samples out of their slots that have ended or that nobody waits for. The last ones go first, which moves
// the least in a decoder that keeps what it holds together.
func (s *Scheduler) leave() {
	for _, r := range slices.Backward(s.rows) {
		if r.over = r.over || r.job.isOver(); r.over {
			s.decoder.Free(r.slot)
			s.free = append(s.free, r.slot)
		}
	}
	s.rows = slices.DeleteFunc(s.rows, func(r *row) bool { return r.over })
}
