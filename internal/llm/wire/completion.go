package wire

// CompletionURL is where texts are asked for that go on from a prompt, without a chat.
const CompletionURL = "/v1/completions"

// CompletionResponse is the answer of /completions, and one event of it where it is streamed.
type CompletionResponse struct {
	ID      string             `json:"id"`
	Object  string             `json:"object"`
	Created int64              `json:"created"`
	Model   string             `json:"model"`
	Choices []CompletionChoice `json:"choices"`
	Usage   *Usage             `json:"usage,omitempty"`
}

// CompletionChoice is one sample. The finish reason is null in the events of a stream but for the last of a choice.
type CompletionChoice struct {
	Index        int                 `json:"index"`
	Text         string              `json:"text"`
	Logprobs     *CompletionLogprobs `json:"logprobs"`
	FinishReason *string             `json:"finish_reason"`
}

// CompletionLogprobs are the tokens of a text, as lists of one length.
type CompletionLogprobs struct {
	Tokens        []string             `json:"tokens"`
	TokenLogprobs []float64            `json:"token_logprobs"`
	TopLogprobs   []map[string]float64 `json:"top_logprobs"`
	TextOffset    []int                `json:"text_offset"` // in characters, from the beginning of the text
}

// Logprobs are the tokens of a message.
type Logprobs struct {
	Content []TokenLogprob `json:"content"`
}

// TokenLogprob is a token with its log-probability and the most likely ones in its place.
type TokenLogprob struct {
	LikelyToken
	TopLogprobs []LikelyToken `json:"top_logprobs"`
}

// LikelyToken is a token that was or might have been. Bytes that are no text are in Bytes alone.
type LikelyToken struct {
	Token   string  `json:"token"`
	Logprob float64 `json:"logprob"`
	Bytes   []int   `json:"bytes"`
}
