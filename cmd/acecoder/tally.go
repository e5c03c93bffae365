package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// tally counts what became of programs and of their tests.
type tally struct {
	Programs       int                     `json:"programs"`
	Status         map[acecoder.Status]int `json:"status"`
	Trust          map[acecoder.Trust]int  `json:"trust"` // the weakest of each program
	CheatSuspected int                     `json:"cheat_suspected"`
	MeanPassRate   float64                 `json:"mean_pass_rate"`
	CPUSeconds     float64                 `json:"cpu_s"`

	Tests       int                     `json:"tests"`
	TestStatus  map[acecoder.Status]int `json:"test_status"`
	TestTrust   map[acecoder.Trust]int  `json:"test_trust,omitempty"`
	PassesTrust map[acecoder.Trust]int  `json:"passes_trust,omitempty"`

	rates float64
}

func newTally() *tally {
	return &tally{
		Status: map[acecoder.Status]int{}, Trust: map[acecoder.Trust]int{},
		TestStatus: map[acecoder.Status]int{}, TestTrust: map[acecoder.Trust]int{}, PassesTrust: map[acecoder.Trust]int{},
	}
}

// outcome counts a program as the engine judged it.
func (t *tally) outcome(o acecoder.Outcome) {
	t.program(o.Status, o.Trust, o.CheatSuspected, o.PassRate, o.CPUMS)
	for _, v := range o.Tests {
		t.Tests++
		t.TestStatus[v.Status]++
		t.TestTrust[v.Trust]++
		if v.Status == acecoder.Pass {
			t.PassesTrust[v.Trust]++
		}
	}
}

// scored counts a program of a scored row.
func (t *tally) scored(p *acecoder.Program) {
	rate := 0.0
	if p.PassRate != nil {
		rate = *p.PassRate
	}
	t.program(p.Status, p.Trust, p.CheatSuspected, rate, p.CPUMS)
	for _, status := range p.Verdicts {
		t.Tests++
		t.TestStatus[status]++
	}
}

func (t *tally) program(status acecoder.Status, trust acecoder.Trust, cheat bool, rate, cpuMS float64) {
	t.Programs++
	t.Status[status]++
	t.Trust[trust]++
	if cheat {
		t.CheatSuspected++
	}
	t.rates += rate
	t.MeanPassRate = t.rates / float64(t.Programs)
	t.CPUSeconds += cpuMS / 1000
}

// text writes the tally as lines for people.
func (t *tally) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "programs: %s; mean pass rate %.4f; %s suspected of cheating",
		stats.Grouped(t.Programs), t.MeanPassRate, stats.Grouped(t.CheatSuspected))
	if t.CPUSeconds > 0 { // else it was left out
		fmt.Fprintf(&b, "; %.2f s of CPU time", t.CPUSeconds)
	}
	b.WriteByte('\n')
	fmt.Fprintf(&b, "  status: %s\n", byStatus(t.Status))
	fmt.Fprintf(&b, "  trust: %s\n", byTrust(t.Trust))
	fmt.Fprintf(&b, "tests: %s; %s\n", stats.Grouped(t.Tests), byStatus(t.TestStatus))
	if len(t.TestTrust) > 0 {
		fmt.Fprintf(&b, "  trust: %s\n", byTrust(t.TestTrust))
	}
	return b.String()
}

func byStatus(counts map[acecoder.Status]int) string {
	var parts []string
	for _, status := range acecoder.Statuses() {
		if n := counts[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", status, stats.Grouped(n)))
		}
	}
	return orNone(parts)
}

func byTrust(counts map[acecoder.Trust]int) string {
	var parts []string
	for _, trust := range slices.Sorted(maps.Keys(counts)) {
		name := string(trust)
		if name == "" {
			name = "(none)"
		}
		parts = append(parts, fmt.Sprintf("%s %s", name, stats.Grouped(counts[trust])))
	}
	return orNone(parts)
}

func orNone(parts []string) string {
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
