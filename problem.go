package acecoder

import "encoding/json"

// Problem is a question with the tests that judge programs for it. Fields that this version does not know are
// kept in Extra and written back, so that a stage never loses what another tool put there.
type Problem struct {
	ID         string `json:"id"`
	Source     string `json:"source,omitempty"`  // where the seed came from: evol, oss, stack …
	Origin     string `json:"origin,omitempty"`  // the seed's, where it is known
	License    string `json:"license,omitempty"` // the seed's, where it is known
	Question   string `json:"question,omitempty"`
	EntryPoint string `json:"entry_point,omitempty"` // the function the tests call, where that is known
	Prelude    string `json:"prelude,omitempty"`     // code run before every program, such as common imports
	Setup      string `json:"setup,omitempty"`       // code run after the program and before the tests

	Tests        []string      `json:"tests"`                 // each one assert, or one whole script
	TestsShown   []string      `json:"tests_shown,omitempty"` // those that the sampling prompt shows: they earn no reward
	TestsDropped []DroppedTest `json:"tests_dropped,omitempty"`
	Limits       *Limits       `json:"limits,omitempty"`

	Oracles  []Program `json:"oracles,omitempty"`  // programs of the strong model, which judge the tests
	Programs []Program `json:"programs,omitempty"` // programs to be judged by the tests

	ProgramsDropped []DroppedProgram `json:"programs_dropped,omitempty"` // answers that gave no program

	Extra map[string]json.RawMessage `json:"-"`
}

// DroppedTest is a test that was set aside: hard and right tests are among them, so it is kept.
type DroppedTest struct {
	Test   string `json:"test"`
	Status Status `json:"status"` // what the test did to the oracle's program; not_run where it is no test

	Fault TestFault `json:"fault,omitempty"` // what is wrong with the test itself, where that is known
}

// TestFault is a word from a closed list: why a test cannot be used, whatever the oracle's program does.
type TestFault string

// The faults.
const (
	TestSyntax      TestFault = "syntax"       // Python does not parse it
	TestNoAssert    TestFault = "no_assert"    // it asserts nothing
	TestNoCall      TestFault = "no_call"      // it does not call the function
	TestNotConstant TestFault = "not_constant" // it uses more than the function, builtins and constants
	TestDuplicate   TestFault = "duplicate"    // an earlier one says the same
	TestFlaky       TestFault = "flaky"        // it had another verdict under another hash seed and random state
)

// Limits are a problem's own CPU limits, calibrated once from the oracle's program. They belong to the problem
// and never to a batch, so that a verdict cannot depend on which programs were judged beside it.
type Limits struct {
	BodyMS float64 `json:"body_ms"` // CPU time of the program's body, milliseconds
	TestMS float64 `json:"test_ms"` // CPU time of one test, milliseconds
}

// DroppedProgram is a model's answer that was to be a program, an oracle's too, and is none.
type DroppedProgram struct {
	ID     string     `json:"id"`
	Model  string     `json:"model,omitempty"`
	Reason DropReason `json:"reason"`
	Detail string     `json:"detail,omitempty"`
}

// Program is one attempt at a problem, with what was found out about it.
type Program struct {
	ID      string `json:"id"`
	Model   string `json:"model,omitempty"`
	Program string `json:"program"`

	PassRate       *float64 `json:"pass_rate,omitempty"`     // passed / kept tests
	PassRateAll    *float64 `json:"pass_rate_all,omitempty"` // passed / kept and dropped tests, as published
	Passed         *int     `json:"passed,omitempty"`        // trusted passes among the kept tests
	Status         Status   `json:"status,omitempty"`
	Trust          Trust    `json:"trust,omitempty"`
	CheatSuspected bool     `json:"cheat_suspected,omitempty"`
	CPUMS          float64  `json:"cpu_ms,omitempty"`
	Verdicts       []Status `json:"verdicts,omitempty"` // one a kept test, in their order

	Extra map[string]json.RawMessage `json:"-"`
}

// Pair is two programs of one problem of which the first is clearly the better one.
type Pair struct {
	ID            string   `json:"id"`
	ProblemID     string   `json:"problem_id"`
	Source        string   `json:"source,omitempty"`
	Question      string   `json:"question"`
	Tests         []string `json:"tests"`
	Chosen        string   `json:"chosen"`
	Rejected      string   `json:"rejected"`
	ChosenScore   float64  `json:"chosen_score"`
	RejectedScore float64  `json:"rejected_score"`
	Margin        float64  `json:"margin"`
	ChosenID      string   `json:"chosen_id,omitempty"`
	RejectedID    string   `json:"rejected_id,omitempty"`
	ChosenModel   string   `json:"chosen_model,omitempty"`
	RejectedModel string   `json:"rejected_model,omitempty"`
}

// Drop is a record that goes no further, and why.
type Drop struct {
	ID     string     `json:"id"`
	Stage  string     `json:"stage"`
	Reason DropReason `json:"reason"`
	Detail string     `json:"detail,omitempty"`
}

// DropReason is a word from a closed list.
type DropReason string

// The reasons, by the stage that has them first.
const (
	DropUnreadable    DropReason = "unreadable"     // the row of the source cannot be read
	DropNotPython     DropReason = "not_python"     // the seed is in another language
	DropNoFunction    DropReason = "no_function"    // neither a function nor a class is in it
	DropUnparsable    DropReason = "unparsable"     // Python does not parse it
	DropTooLong       DropReason = "too_long"       // longer than the configuration allows
	DropTooShort      DropReason = "too_short"      // shorter than the configuration allows
	DropDuplicate     DropReason = "duplicate"      // the same text as an earlier one
	DropNearDuplicate DropReason = "near_duplicate" // nearly the text of an earlier one
	DropContaminated  DropReason = "contaminated"   // overlaps with a benchmark; the detail is the evidence

	DropCutOff    DropReason = "cut_off"    // the model's answer ended at the token limit
	DropRefused   DropReason = "refused"    // the model, its provider or a content filter refused
	DropBadAnswer DropReason = "bad_answer" // the answer is not what was asked for, after repair

	// DropUnanswered: the server failed on this request again and again, while it answered others. It is worth trying again.
	DropUnanswered DropReason = "unanswered"

	DropNoTests       DropReason = "no_tests"       // the problem comes without tests
	DropFewTests      DropReason = "few_tests"      // fewer tests than asked for are left
	DropNoOracle      DropReason = "no_oracle"      // no oracle program, so nothing judges the tests
	DropOracleFails   DropReason = "oracle_fails"   // the oracle's program does not even run
	DropNoPrograms    DropReason = "no_programs"    // nothing to score
	DropNoPair        DropReason = "no_pair"        // no two programs far enough apart
	DropNotASCII      DropReason = "not_ascii"      // the question is not ASCII and the rule asks for it
	DropNotHard       DropReason = "not_hard"       // too easy, or too even, for the hard subset
	DropDuplicateID   DropReason = "duplicate_id"   // an earlier row has the same id
	DropUnscored      DropReason = "unscored"       // its programs have no pass rate
	DropUnknownModels DropReason = "unknown_models" // none of its programs is from the models asked for
)
