package pipeline

import (
	"context"
	"sync"
	"time"
)

// Progress is how far a run is, as one process sees it while it works.
type Progress struct {
	Stages   []StageProgress `json:"stages"`
	Seconds  float64         `json:"seconds"`  // since the process began
	Requests int64           `json:"requests"` // of this process
	Tokens   int64           `json:"tokens"`
	Faults   int64           `json:"faults"` // requests that had to be made again, or were refused
	Cost     float64         `json:"cost"`
}

// StageProgress is how far one stage is.
type StageProgress struct {
	Name    string `json:"name"`
	Done    int64  `json:"done"`  // seeds that are through it, those of earlier processes and dropped ones included
	Total   int64  `json:"total"` // seeds that may yet come to it; 0 while that is not known
	Dropped int64  `json:"dropped"`
	Working int64  `json:"working"` // records that it works on
}

// baseline is what the stages had done before this process began.
type baseline struct {
	mu      sync.Mutex
	done    map[string]int64
	dropped map[string]int64
	seeds   int64
}

// rebase reads what is done, after the seeds are known.
func (r *Run) rebase(ctx context.Context) error {
	all, err := r.db.Summary(ctx)
	if err != nil {
		return err
	}
	r.base.mu.Lock()
	defer r.base.mu.Unlock()
	r.base.done, r.base.dropped = map[string]int64{}, map[string]int64{}
	for _, s := range all {
		r.base.done[s.Name] = int64(s.Entries)
		for _, n := range s.Drops {
			r.base.dropped[s.Name] += int64(n)
		}
		if s.Name == stageSeed {
			r.base.seeds = int64(s.Rows)
		}
	}
	return nil
}

// Progress returns how far the run is now. It may be called while Do works.
func (r *Run) Progress() Progress {
	p := Progress{
		Seconds: time.Since(r.fresh).Seconds(), Requests: r.spentNow.requests.Load(), Tokens: r.spentNow.tokens.Load(),
		Faults: r.spentNow.faults.Load(),
	}
	r.spentNow.mu.Lock()
	p.Cost = r.spentNow.money
	r.spentNow.mu.Unlock()
	r.base.mu.Lock()
	defer r.base.mu.Unlock()
	coming := r.base.seeds
	for _, name := range append([]string{stageSeed}, chainStages...) {
		c := r.counters[name]
		s := StageProgress{
			Name: name, Done: r.base.done[name] + c.Done.Load(), Dropped: r.base.dropped[name] + c.Dropped.Load(), Working: c.Working.Load(),
		}
		if name == stageSeed {
			s.Total = s.Done
		} else if coming > 0 {
			s.Total = coming
			coming -= s.Dropped
		}
		p.Stages = append(p.Stages, s)
	}
	return p
}
