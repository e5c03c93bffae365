package llm

import "github.com/acecoder/acecoder"

// Unusable says why an answer is not one that can be read: the model reached its token limit, or it or somebody between
// refused. The reason is empty where the answer can be read, whatever it says.
func (a Answer) Unusable() (reason acecoder.DropReason, detail string) {
	switch {
	case a.Refusal != "":
		return acecoder.DropRefused, "the model: " + a.Refusal
	case a.Finish == FinishContentFilter:
		return acecoder.DropRefused, "a content filter"
	case a.Finish == FinishLength:
		return acecoder.DropCutOff, "the answer ended at the token limit"
	}
	return "", ""
}
