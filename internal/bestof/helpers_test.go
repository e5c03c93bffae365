package bestof_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/bestof"
)

// spec is one program in short: what it says, what it does, whether it passes, its reward.
type spec struct {
	text, does string
	passes     bool
	reward     float64
}

// problem makes a scored problem; "does" is the field of what its programs do.
func problem(id string, specs ...spec) acecoder.Problem {
	p := acecoder.Problem{ID: id, Source: "s", Tests: []string{"assert f(1) == 1", "assert f(2) == 2"}}
	for i, s := range specs {
		verdicts := []acecoder.Status{acecoder.Pass, acecoder.Fail}
		if s.passes {
			verdicts[1] = acecoder.Pass
		}
		p.Programs = append(p.Programs, acecoder.Program{
			ID: fmt.Sprint(i), Model: "m", Program: s.text, Verdicts: verdicts,
			Extra: map[string]json.RawMessage{
				"reward": fmt.Append(nil, s.reward), "does": fmt.Appendf(nil, "%q", s.does),
			},
		})
	}
	return p
}

// config is the default with behaviours from the field "does" and these N.
func config(ns ...int) bestof.Config {
	cfg := bestof.Default()
	cfg.Behaviour, cfg.N, cfg.Resamples = "does", ns, 100
	return cfg
}

// measure reads and measures problems that can be measured.
func measure(t *testing.T, cfg bestof.Config, problems ...acecoder.Problem) bestof.Report {
	t.Helper()
	var all []bestof.Figures
	for i := range problems {
		s, err := bestof.Read(&problems[i], nil, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if drop := s.Drop(cfg); drop != nil {
			t.Fatalf("dropped: %+v", drop)
		}
		all = append(all, s.Measure(cfg))
	}
	report, err := bestof.Summarize(all, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// shares are a report's averages by selector and N.
func shares(r bestof.Report) map[bestof.Selector]map[int]float64 {
	out := map[bestof.Selector]map[int]float64{}
	for _, p := range r.Points {
		if out[p.Selector] == nil {
			out[p.Selector] = map[int]float64{}
		}
		out[p.Selector][p.N] = p.Average.Share
	}
	return out
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }
