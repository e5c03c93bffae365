package acecoder_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
)

// verdict is a verdict with nothing but what decides.
func verdict(status acecoder.Status, trust acecoder.Trust) acecoder.Verdict {
	return acecoder.Verdict{Status: status, Trust: trust}
}

func TestSummarize(t *testing.T) {
	const (
		value     = acecoder.TrustValue
		oracle    = acecoder.TrustOracle
		inProcess = acecoder.TrustInProcess
	)
	tests := []struct {
		name   string
		tests  []acecoder.Verdict
		status acecoder.Status
		passed int
		rate   float64
		trust  acecoder.Trust
	}{
		{"no test is no full mark", nil, acecoder.NotRun, 0, 0, ""},
		{"one pass", []acecoder.Verdict{verdict(acecoder.Pass, value)}, acecoder.Pass, 1, 1, value},
		{
			"the first status that is no pass", []acecoder.Verdict{
				verdict(acecoder.Pass, value), verdict(acecoder.Timeout, value), verdict(acecoder.Fail, value), verdict(acecoder.Pass, value),
			}, acecoder.Timeout, 2, 0.5, value,
		},
		{
			"the weakest trust", []acecoder.Verdict{
				verdict(acecoder.Pass, value), verdict(acecoder.Pass, inProcess), verdict(acecoder.Pass, oracle),
			}, acecoder.Pass, 3, 1, inProcess,
		},
		{
			"what was not run tells less than what was", []acecoder.Verdict{
				verdict(acecoder.Pass, value), verdict(acecoder.NotRun, value), verdict(acecoder.Crash, value), verdict(acecoder.Fail, value),
			}, acecoder.Crash, 1, 0.25, value,
		},
		{
			"passes and a test that was not run", []acecoder.Verdict{
				verdict(acecoder.Pass, value), verdict(acecoder.NotRun, value),
			}, acecoder.NotRun, 1, 0.5, value,
		},
		{
			"a test that was not run counts in the total", []acecoder.Verdict{
				verdict(acecoder.Fail, oracle), verdict(acecoder.NotRun, value),
			}, acecoder.Fail, 0, 0, oracle,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// What was there before must not shine through.
			got := acecoder.Outcome{Tests: tt.tests, Status: acecoder.Crash, Passed: 9, Total: 9, PassRate: 9, Trust: inProcess}
			got.Summarize()
			if got.Status != tt.status || got.Passed != tt.passed || got.Total != len(tt.tests) || got.PassRate != tt.rate || got.Trust != tt.trust {
				t.Errorf("Summarize() = %s, %d of %d, %v, trust %q, want %s, %d of %d, %v, trust %q", got.Status, got.Passed,
					got.Total, got.PassRate, got.Trust, tt.status, tt.passed, len(tt.tests), tt.rate, tt.trust)
			}
		})
	}
}

func TestWeaker(t *testing.T) {
	order := []acecoder.Trust{"", acecoder.TrustValue, acecoder.TrustOracle, acecoder.TrustInProcess}
	for i, a := range order {
		for j, b := range order {
			if got, want := acecoder.Weaker(a, b), order[max(i, j)]; got != want {
				t.Errorf("Weaker(%q, %q) = %q, want %q", a, b, got, want)
			}
		}
	}
}

func TestPassed(t *testing.T) {
	tests := []struct {
		name    string
		verdict acecoder.Verdict
		accept  bool
		want    bool
	}{
		{"by value", verdict(acecoder.Pass, acecoder.TrustValue), false, true},
		{"by the oracle", verdict(acecoder.Pass, acecoder.TrustOracle), false, true},
		{"in process", verdict(acecoder.Pass, acecoder.TrustInProcess), false, false},
		{"in process, accepted", verdict(acecoder.Pass, acecoder.TrustInProcess), true, true},
		{"no pass", verdict(acecoder.Fail, acecoder.TrustValue), true, false},
		{"not run", verdict(acecoder.NotRun, acecoder.TrustValue), true, false},
	}
	for _, tt := range tests {
		if got := tt.verdict.Passed(tt.accept); got != tt.want {
			t.Errorf("%s: Passed(%v) = %v, want %v", tt.name, tt.accept, got, tt.want)
		}
	}
}

func TestStatusesAreAClosedList(t *testing.T) {
	var got []string
	for _, s := range acecoder.Statuses() {
		got = append(got, string(s))
	}
	const want = "pass fail exception timeout memory output crash syntax missing_dependency not_run"
	if strings.Join(got, " ") != want {
		t.Errorf("Statuses() = %s, want %s", strings.Join(got, " "), want)
	}
}

// The names of the fields are the file formats: a row written today has to be read for ever.
func TestFieldNamesStay(t *testing.T) {
	tests := []struct {
		record any
		want   string
	}{
		{acecoder.Seed{}, "id source instruction program origin license"},
		{acecoder.Problem{}, "id source origin license question entry_point prelude setup tests tests_shown tests_dropped limits oracles programs programs_dropped"},
		{acecoder.DroppedTest{}, "test status fault"},
		{acecoder.DroppedProgram{}, "id model reason detail"},
		{acecoder.Limits{}, "body_ms test_ms"},
		{acecoder.Program{}, "id model program pass_rate pass_rate_all passed status trust cheat_suspected cpu_ms verdicts"},
		{acecoder.Verdict{}, "status trust cpu_ms message value"},
		{acecoder.Outcome{}, "id status passed total pass_rate trust cheat_suspected cpu_ms message tests"},
		{acecoder.Pair{}, "id problem_id source question tests chosen rejected chosen_score rejected_score margin chosen_id rejected_id chosen_model rejected_model"},
		{acecoder.Drop{}, "id stage reason detail"},
	}
	for _, tt := range tests {
		record := reflect.TypeOf(tt.record)
		var names []string
		for i := range record.NumField() {
			if name, _, _ := strings.Cut(record.Field(i).Tag.Get("json"), ","); name != "-" {
				names = append(names, name)
			}
		}
		for _, name := range strings.Fields(tt.want) {
			if !slices.Contains(names, name) {
				t.Errorf("%s has no field %q; rows that were written have it", record.Name(), name)
			}
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("fields of %s = %s, want %s", record.Name(), got, tt.want)
		}
	}
}

// The list that docs/data.md promises.
func TestRequiredFieldsAreAlwaysWritten(t *testing.T) {
	tests := []struct {
		record any
		want   string
	}{
		{acecoder.Seed{}, `{"id":"","program":""}`},
		{acecoder.Problem{}, `{"id":"","tests":null}`},
		{acecoder.Program{}, `{"id":"","program":""}`},
		{acecoder.Outcome{}, `{"id":"","status":"","passed":0,"total":0,"pass_rate":0,"trust":"","cheat_suspected":false,"cpu_ms":0,"tests":null}`},
		{acecoder.Verdict{}, `{"status":"","cpu_ms":0,"message":""}`},
		{acecoder.Drop{}, `{"id":"","stage":"","reason":""}`},
	}
	for _, tt := range tests {
		if got := string(marshal(t, tt.record)); got != tt.want {
			t.Errorf("%T without anything is %s, want %s", tt.record, got, tt.want)
		}
	}
}

func TestUnknownFieldsAreKept(t *testing.T) {
	tests := []struct{ name, row string }{
		{"none", `{"id":"a","tests":["assert f(1) == 2"]}`},
		{"in the problem", `{"id":"a","tests":["t"],"context_messages":[{"role":"user"}],"note":null}`},
		{"in its programs", `{"id":"a","tests":["t"],"programs":[{"id":"p","program":"x","seed":7},{"id":"q","program":"y"}]}`},
		{"in its oracles", `{"id":"a","tests":["t"],"oracles":[{"id":"o","program":"x","temperature":0.7}]}`},
		{"a number that float64 does not hold", `{"id":"a","tests":["t"],"n":12345678901234567890123}`},
		{"a name that needs quoting", `{"id":"a","tests":["t"],"a\"b":1,"ü":2}`},
		{"markup as it stands", `{"id":"a","question":"a < b && b > c","tests":["t"],"html":"<b>&</b>"}`},
		{
			"every field", `{"id":"a","source":"evol","question":"q","entry_point":"f","prelude":"p","setup":"s","tests":["t"],` +
				`"tests_dropped":[{"test":"u","status":"fail"}],"limits":{"body_ms":50,"test_ms":52.5},` +
				`"programs":[{"id":"p","model":"m","program":"x","pass_rate":0,"pass_rate_all":0,"passed":0,"status":"fail",` +
				`"trust":"value","cheat_suspected":true,"cpu_ms":1.5,"verdicts":["fail"],"z":0}],"z":0}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p acecoder.Problem
			if err := json.Unmarshal([]byte(tt.row), &p); err != nil {
				t.Fatal(err)
			}
			if got := marshal(t, p); string(got) != tt.row {
				t.Errorf("written again: %s, want %s", got, tt.row)
			}
		})
	}
}

func TestExtraDoesNotOutliveItsRow(t *testing.T) {
	p := acecoder.Problem{Extra: map[string]json.RawMessage{"old": json.RawMessage("1")}}
	if err := json.Unmarshal([]byte(`{"id":"a","tests":[]}`), &p); err != nil {
		t.Fatal(err)
	}
	if p.Extra != nil {
		t.Errorf("Extra = %v, want none: the row has no unknown field", p.Extra)
	}
}

func TestExtraMayNotShadowAField(t *testing.T) {
	p := acecoder.Problem{ID: "a", Extra: map[string]json.RawMessage{"tests": json.RawMessage(`["assert True"]`)}}
	if got, err := p.MarshalJSON(); err == nil {
		t.Errorf("MarshalJSON() = %s, want an error: the row would have two fields named tests", got)
	}
}

func TestBadRowsAreErrors(t *testing.T) {
	for _, row := range []string{`[]`, `{"id":1}`, `{"tests":"assert True"}`, `{"programs":[{"program":7}]}`, `{`} {
		var p acecoder.Problem
		if err := json.Unmarshal([]byte(row), &p); err == nil {
			t.Errorf("Unmarshal(%s) has no error", row)
		}
	}
}

// FuzzProblem holds that a row, once written by us, is read and written without change.
func FuzzProblem(f *testing.F) {
	for _, row := range []string{
		`{"id":"a","tests":["t"],"x":{"y":[1,2]}}`, `{"id":"a","tests":null,"programs":[{"id":"p","program":"x","k":1}]}`, `{}`,
	} {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		var p acecoder.Problem
		if json.Unmarshal(row, &p) != nil {
			return
		}
		first, err := p.MarshalJSON()
		if err != nil {
			t.Skip() // a raw value that encoding/json takes and does not give back
		}
		var again acecoder.Problem
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s was written as %s: %v", row, first, err)
		}
		if second := marshal(t, again); !bytes.Equal(first, second) {
			t.Errorf("%s was written as %s and then as %s", row, first, second)
		}
	})
}

// marshal writes a record as the commands do: markup in a program stays as it is.
func marshal(t *testing.T, record any) []byte {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(record); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}
