package verify_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/verify"
)

// allPass judges jobs whose programs are known to be right.
func allPass(t *testing.T, v *verify.Verifier, jobs []verify.Job) {
	t.Helper()
	passed := 0
	trust := map[acecoder.Trust]int{}
	for i, o := range judgeAll(t, v, jobs) {
		trust[o.Trust]++
		if o.Status == acecoder.Pass {
			passed++
			continue
		}
		for k, test := range o.Tests {
			if test.Status != acecoder.Pass {
				t.Errorf("%s: test %d: %s (%s) %s", jobs[i].ID, k, test.Status, test.Trust, test.Message)
				break
			}
		}
	}
	t.Logf("%d of %d pass; trust %v", passed, len(jobs), trust)
}

func TestHumanEvalCanonical(t *testing.T) {
	f, err := os.Open("../../../shared/data/humaneval/HumanEval.jsonl.gz")
	if err != nil {
		t.Skipf("needs the HumanEval problems: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var jobs []verify.Job
	for d := json.NewDecoder(z); d.More(); {
		var r struct {
			TaskID            string `json:"task_id"`
			Prompt            string `json:"prompt"`
			EntryPoint        string `json:"entry_point"`
			CanonicalSolution string `json:"canonical_solution"`
			Test              string `json:"test"`
		}
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		test := r.Test + "\ncheck(" + r.EntryPoint + ")"
		jobs = append(jobs, verify.Job{ID: r.TaskID, Tests: []string{test}, EntryPoint: r.EntryPoint, Programs: []acecoder.Program{{Program: r.Prompt + r.CanonicalSolution}}})
	}
	allPass(t, newVerifier(t, verify.Options{Profile: profile(t, "humaneval"), Jobs: 2}), jobs)
}

type mbppRow struct {
	TaskID        int      `json:"task_id"`
	Code          string   `json:"code"`
	TestList      []string `json:"test_list"`
	TestSetupCode string   `json:"test_setup_code"`
	TestImports   []string `json:"test_imports"`
}

func (r mbppRow) job() verify.Job {
	job := verify.Job{ID: fmt.Sprint("MBPP/", r.TaskID), Tests: r.TestList, Setup: r.TestSetupCode, Programs: []acecoder.Program{{Program: r.Code}}}
	for _, line := range r.TestImports {
		job.Prelude += line + "\n"
	}
	return job
}

func TestMBPPCanonical(t *testing.T) {
	rows := readRows[mbppRow](t, "../../../shared/data/mbpp/mbpp.jsonl")
	jobs := make([]verify.Job, len(rows))
	for i, r := range rows {
		jobs[i] = r.job()
	}
	allPass(t, newVerifier(t, verify.Options{Profile: profile(t, "mbpp"), Jobs: 2}), jobs)
}

func TestMBPPSanitizedCanonical(t *testing.T) {
	data, err := os.ReadFile("../../../shared/data/mbpp/sanitized-mbpp.json")
	if err != nil {
		t.Skipf("needs the sanitized MBPP problems: %v", err)
	}
	var rows []mbppRow
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	jobs := make([]verify.Job, len(rows))
	for i, r := range rows {
		jobs[i] = r.job()
	}
	allPass(t, newVerifier(t, verify.Options{Profile: profile(t, "mbpp"), Jobs: 2}), jobs)
}

type fileRow struct {
	ID       string `json:"id"`
	Program  string `json:"solution"`
	TestCode string `json:"test_code"`
	Ref      string `json:"ref"`
}

// TestPytestFiles judges model-written programs by model-written pytest files.
func TestPytestFiles(t *testing.T) {
	rows := readRows[fileRow](t, "../../../shared/data/verdicts/kodcode_pytest.jsonl")
	v := newVerifier(t, verify.Options{Profile: profile(t, "pytest"), Jobs: 2})
	if v.Python().PyTest == "" {
		t.Skip("needs pytest for " + v.Python().Path)
	}
	jobs := make([]verify.Job, len(rows))
	for i, r := range rows {
		jobs[i] = verify.Job{ID: r.ID, Tests: []string{r.TestCode}, Programs: []acecoder.Program{{Program: r.Program}}}
	}
	agree, trust := 0, map[acecoder.Trust]int{}
	for i, o := range judgeAll(t, v, jobs) {
		trust[o.Trust]++
		if (o.Status == acecoder.Pass) == (rows[i].Ref == "pass") {
			agree++
			continue
		}
		t.Logf("%s: reference %s, here %s (%s): %s", rows[i].ID, rows[i].Ref, o.Status, o.Trust, o.Tests[0].Message)
	}
	t.Logf("%d of %d agree; trust %v", agree, len(rows), trust)
	if agree < 540 {
		t.Errorf("%d of %d agree, want at least 540", agree, len(rows))
	}
}
