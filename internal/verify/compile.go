package verify

import (
	"context"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/pyvalue"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// Programs of a question are compiled together, in one process that runs none of them and then ends. The compiler
// touches far more memory than the code that it makes, and a process pays for every page that it is first to touch.
const (
	// mostCompiled is the largest source that is compiled in company: a hostile one may break its compiler, and
	// all that were in its company are then compiled by their own processes.
	mostCompiled = 32 << 10
	compileTime  = time.Second
)

// compile gives the trials their code where it can, and their verdicts where there is no syntax.
func (c *session) compile(ctx context.Context, trials []*trial) error {
	var group []*trial
	task := []byte{}
	for _, t := range trials {
		if len(t.source) <= mostCompiled {
			group = append(group, t)
			task = marshal.Str(task, t.source)
		}
	}
	if len(group) < 2 {
		return nil // a process of its own would cost more than it saves
	}
	task = append(marshal.List(nil, len(group)), task...)
	common := marshal.Str(marshal.Tuple(nil, 5), "compile")
	for range 4 {
		common = marshal.None(common)
	}
	lim := sandbox.Limits{Body: compileTime, Program: compileTime, Wall: c.profile.wall()}
	return c.s.run(ctx, programs, common, [][]byte{task}, lim, func(_ int, r sandbox.Result) {
		data := r.Data
		for _, t := range group {
			rec, _, rest, err := next(data, nil)
			if err != nil {
				return
			}
			data = rest
			c.takeCode(t, rec)
		}
	})
}

func (c *session) takeCode(t *trial, r record) {
	switch r.code {
	case recOK:
		if v, err := r.value(); err == nil && v.Kind() == pyvalue.KindBytes {
			t.code = []byte(v.Text())
		}
	case recSyntax:
		v, _ := r.value()
		t.message = clip(v.Text())
		t.giveRest(t.open(), acecoder.Verdict{Status: acecoder.Syntax, Trust: acecoder.TrustValue, Message: t.message})
	}
}
