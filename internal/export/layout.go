package export

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/acecoder/acecoder"
)

// Format is the name of a form of data set.
type Format string

// The formats.
const (
	AceCode      Format = "acecode"       // AceCode-87K
	Pairs        Format = "pairs"         // AceCodePair-300K
	TRLRM        Format = "trl-rm"        // TRL's RewardTrainer
	TRLGRPO      Format = "trl-grpo"      // TRL's GRPOTrainer
	LlamaFactory Format = "llama-factory" // LLaMA-Factory, stage rm
	OpenRLHFRM   Format = "openrlhf-rm"   // OpenRLHF's RewardDataset
	OpenRLHFRL   Format = "openrlhf-rl"   // OpenRLHF's PromptDataset
	Verl         Format = "verl"          // verl's RL data
)

// Formats returns the names of all formats.
func Formats() []Format { return slices.Sorted(maps.Keys(layouts)) }

// OfPairs reports whether the format is made of pairs; the others are made of problems.
func (f Format) OfPairs() bool { return layouts[f] != nil && layouts[f].pair != nil }

func formatNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// layout is how a format looks.
type layout struct {
	row     any // without values, for the schema
	writer  func(root, split string, limit int64, whole bool) rowWriter
	problem func(*acecoder.Problem, place) (row any, drop acecoder.DropReason, err error)
	pair    func(*acecoder.Pair, Origin, place) (row any, err error)

	exact bool     // its columns are given, so what else is known of a row stands in a file beside them
	lines bool     // JSON Lines in place of Parquet; then there is no writer
	whole bool     // one file a split at the top of the folder, in place of shards in data/
	tags  []string // for the card
	about string   // for the card: what a row is and how it is used
}

// layouts are the formats.
var layouts = map[Format]*layout{
	AceCode: {
		row: acecodeRow{}, writer: newShards[acecodeRow], problem: acecodeOf, exact: true, tags: []string{"rlvr"},
		about: "A row is a question with its tests and scored programs, in the columns of AceCode-87K. " +
			"`test_cases` are all tests that were kept, and the pass rates are over them unless the statistics say otherwise. " +
			"Which of the tests a prompt has shown stands in `" + provenanceName + "`: they should earn no reward.",
	},
	Pairs: {
		row: pairRow{}, writer: newShards[pairRow], pair: pairOf, exact: true, tags: []string{"preference", "reward-model"},
		about: "A row is a question with a better and a worse program, in the columns of AceCodePair-300K.",
	},
	LlamaFactory: {
		row: llamaRow{}, pair: llamaOf, lines: true, whole: true, tags: []string{"preference", "reward-model", "llama-factory"},
		about: "A row is a question with a better and a worse program, for LLaMA-Factory's stage `rm`. " +
			"Give this folder as `dataset_dir`; `dataset_info.json` names the sets.",
	},
	TRLRM: {
		row: trlRMRow{}, writer: newShards[trlRMRow], pair: trlRMOf, tags: []string{"preference", "reward-model", "trl"},
		about: "A row is a question with a better and a worse program as messages, for TRL's `RewardTrainer`. " +
			"`margin` is taken into its loss; remove the column for the plain one.",
	},
	OpenRLHFRM: {
		row: openRMRow{}, writer: newShards[openRMRow], pair: openRMOf, tags: []string{"preference", "reward-model", "openrlhf"},
		about: "A row is two whole conversations, the better and the worse one, for OpenRLHF's `train_rm` with " +
			"`--data.apply_chat_template` and without a prompt key. `margin` is used by its margin loss.",
	},
	TRLGRPO: {
		row: grpoRow{}, writer: newShards[grpoRow], problem: grpoOf, tags: []string{"rlvr", "trl"},
		about: "A row is a prompt with the tests that judge programs for it, for TRL's `GRPOTrainer`; " +
			"the reward function is called with the columns `tests`, `prelude`, `setup`, `entry_point` and `task_id`.",
	},
	OpenRLHFRL: {
		row: openRLRow{}, writer: newShards[openRLRow], problem: openRLOf, tags: []string{"rlvr", "openrlhf"},
		about: "A row is a prompt with a label, for OpenRLHF with `--data.input_key context_messages`, `--data.label_key label` and " +
			"`--data.apply_chat_template`. The label is JSON with the tests that judge programs for the prompt.",
	},
	Verl: {
		row: verlRow{}, writer: newShards[verlRow], problem: verlOf, whole: true, tags: []string{"rlvr", "verl"},
		about: "A row is a prompt with a ground truth, for verl. The ground truth is JSON with the asserts that judge programs " +
			"for the prompt; verl as it comes counts the first 10 of them. `data_source` is a name for which it asks its sandbox; where a " +
			"problem comes from stands in `extra_info`.",
	},
}

// open begins the files of a split.
func (l *layout) open(root, split string, limit int64) rowWriter {
	if l.lines {
		return &lines{root: root, name: split + ".jsonl"}
	}
	return l.writer(root, split, limit, l.whole)
}

func (l *layout) schema() *parquet.Schema { return parquet.SchemaOf(l.row) }

// pattern names the files of a split, and not those of an earlier export that were more or fewer: on the hub they are
// still there.
func (l *layout) pattern(split string, files int) string {
	switch {
	case l.lines:
		return split + ".jsonl"
	case l.whole:
		return split + ".parquet"
	}
	return fmt.Sprintf("data/%s-*-of-%05d.parquet", split, files)
}
