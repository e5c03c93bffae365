package acecoder

// Status is the outcome of one test, or of a whole program, from a closed list.
type Status string

// The status words. Detail goes in a verdict's message, never in a new word.
const (
	Pass              Status = "pass"               // the test ran through
	Fail              Status = "fail"               // a wrong answer: the assertion does not hold
	Exception         Status = "exception"          // the program or the test raised something else
	Timeout           Status = "timeout"            // over its CPU time, or over the wall-clock safety net
	Memory            Status = "memory"             // over its memory
	Output            Status = "output"             // returned or wrote more than is accepted
	Crash             Status = "crash"              // the process died or ended by itself
	Syntax            Status = "syntax"             // the program, or the test, does not compile
	MissingDependency Status = "missing_dependency" // imports a module that is not installed here
	NotRun            Status = "not_run"            // not reached: an earlier failure ended a stop-at-first run
)

// Statuses lists every status word, in the order of the reports.
func Statuses() []Status {
	return []Status{Pass, Fail, Exception, Timeout, Memory, Output, Crash, Syntax, MissingDependency, NotRun}
}

// Trust says who found a verdict, and so how hard it is to forge.
type Trust string

// The levels of trust, strongest first.
const (
	// TrustValue: the program's process returned data and the judge compared it; expected values never
	// entered that process.
	TrustValue Trust = "value"
	// TrustOracle: the test ran in a trusted process that never holds the program, on data only.
	TrustOracle Trust = "oracle"
	// TrustInProcess: the test had to run beside the program, which may have tampered with it.
	TrustInProcess Trust = "in_process"
)

// weaker orders the levels of trust: the higher, the easier to forge.
var weaker = map[Trust]int{TrustValue: 0, TrustOracle: 1, TrustInProcess: 2}

// Weaker returns the weaker of two levels of trust; an empty one is weaker than nothing.
func Weaker(a, b Trust) Trust {
	if a == "" || (b != "" && weaker[b] > weaker[a]) {
		return b
	}
	return a
}

// Verdict is what became of one test of one program.
type Verdict struct {
	Status  Status  `json:"status"`
	Trust   Trust   `json:"trust,omitempty"`
	CPUMS   float64 `json:"cpu_ms"` // CPU time of this test, milliseconds
	Message string  `json:"message"`
	Value   string  `json:"value,omitempty"` // what the program returned, as Python writes it; only on request
}

// Passed reports whether the verdict is a pass that may earn something: one found in process counts only
// where the caller accepts that.
func (v Verdict) Passed(acceptInProcess bool) bool {
	return v.Status == Pass && (acceptInProcess || v.Trust != TrustInProcess)
}

// Outcome is a program's verdicts and what follows from them.
type Outcome struct {
	ID             string    `json:"id"`
	Status         Status    `json:"status"` // pass if every test passes, else the first other status in test order, not_run last
	Passed         int       `json:"passed"`
	Total          int       `json:"total"`
	PassRate       float64   `json:"pass_rate"`
	Trust          Trust     `json:"trust"` // the weakest among its tests
	CheatSuspected bool      `json:"cheat_suspected"`
	CPUMS          float64   `json:"cpu_ms"` // of the whole program, body included, milliseconds
	Message        string    `json:"message,omitempty"`
	Tests          []Verdict `json:"tests"`
}

// Summarize fills the fields that follow from the tests: status, passed, total, pass rate and trust.
func (o *Outcome) Summarize() {
	o.Status, o.Passed, o.Total, o.Trust = Pass, 0, len(o.Tests), ""
	for _, v := range o.Tests {
		if v.Status == Pass {
			o.Passed++
		} else if o.Status == Pass || o.Status == NotRun {
			o.Status = v.Status // what was not run tells less than what was
		}
		o.Trust = Weaker(o.Trust, v.Trust)
	}
	o.PassRate = 0
	if o.Total == 0 {
		// No test says nothing about a program; it must never look like a full mark.
		o.Status = NotRun
		return
	}
	o.PassRate = float64(o.Passed) / float64(o.Total)
}
