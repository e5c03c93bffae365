package verify

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// Version is part of every cached verdict's key: it changes whenever a verdict may.
const Version = "2"

// Options say how a verifier works. The zero value is usable.
type Options struct {
	Profile   Profile       // rules; the zero value means DefaultProfile
	Jobs      int           // slots that work at the same time; 0: one a core
	Level     sandbox.Level // isolation; empty: the strongest that works here
	Python    string        // interpreter; empty: sandbox.DefaultPython
	Values    bool          // keep what programs returned in the verdicts, as Python writes it
	CacheSize int           // verdicts kept, by program and tests; 0: 100,000; below 0: none
	InProcess string        // "" or "auto": where nothing else can judge; "only": every test; "never"
	Debug     bool

	// Variation is 0 for the one state that every program starts in: hash seed, random state, addresses. A verdict
	// that is another one under another number hangs on chance.
	Variation int
}

// Verifier judges programs. It is safe for concurrent use and works on as many jobs at a time as it has slots.
type Verifier struct {
	opt    Options
	python sandbox.Python
	level  sandbox.Level
	slots  chan *slot
	all    []*slot
	cache  *cache
	close  sync.Once
}

// New makes a verifier and tests it, under the very isolation that it will use, on programs whose verdicts are
// known. An error says what is missing; a verifier that does not judge rightly is never returned.
func New(ctx context.Context, opt Options) (*Verifier, error) {
	if opt.Profile.Name == "" {
		opt.Profile, _ = ProfileByName(DefaultProfile)
	}
	if opt.Jobs <= 0 {
		opt.Jobs = runtime.GOMAXPROCS(0)
	}
	python, err := sandbox.FindPython(ctx, opt.Python)
	if err != nil {
		return nil, err
	}
	level := opt.Level
	if level == "" {
		if level, err = sandbox.Strongest(ctx, python); err != nil {
			return nil, err
		}
	}
	sandbox.RemoveStale()
	v := &Verifier{opt: opt, python: python, level: level, slots: make(chan *slot, opt.Jobs), cache: newCache(opt.CacheSize)}
	for i := range opt.Jobs {
		s := &slot{n: i, cfg: sandbox.Config{Python: python, Level: level, Memory: opt.Profile.Memory, Debug: opt.Debug, Variation: opt.Variation}}
		v.all = append(v.all, s)
		v.slots <- s
	}
	if err := v.selfTest(ctx); err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// Level returns the isolation that the verifier works under.
func (v *Verifier) Level() sandbox.Level { return v.level }

// Python returns the interpreter that programs run under.
func (v *Verifier) Python() sandbox.Python { return v.python }

// Jobs returns the number of slots.
func (v *Verifier) Jobs() int { return len(v.all) }

// Close ends all processes. Jobs that are being judged meanwhile end with an error.
func (v *Verifier) Close() {
	v.close.Do(func() {
		for range v.all {
			s := <-v.slots // wait for the slot's job to end: closing under it would look like a broken sandbox
			s.close()
		}
	})
}

// Judge judges a job's programs by its tests, one outcome a program in their order. It blocks until a slot is
// free. The error tells of a failure of the sandbox, never of a program.
func (v *Verifier) Judge(ctx context.Context, job Job) ([]acecoder.Outcome, error) {
	if len(job.Programs) == 0 {
		return nil, nil
	}
	var s *slot
	select {
	case s = <-v.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { v.slots <- s }()
	job = job.valid()
	c := &session{v: v, s: s, job: job, entry: entryPoint(job), profile: v.opt.Profile.forJob(job.Limits)}
	out, err := c.judge(ctx)
	if err != nil {
		return nil, fmt.Errorf("judge %s: %w", job.ID, err)
	}
	return out, nil
}
