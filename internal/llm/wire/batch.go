package wire

import "encoding/json"

// BatchLine is one line of a batch's input file: a request and a name for it.
type BatchLine struct {
	CustomID string          `json:"custom_id"`
	Method   string          `json:"method"`
	URL      string          `json:"url"`
	Body     json.RawMessage `json:"body"`
}

// ChatURL is what a [BatchLine] for chat completions has as its URL.
const ChatURL = "/v1/chat/completions"

// BatchResult is one line of a batch's output file or of its error file.
type BatchResult struct {
	ID       string         `json:"id"`
	CustomID string         `json:"custom_id"`
	Response *BatchResponse `json:"response"`
	Error    *BatchError    `json:"error"`
}

// BatchResponse is what the request of a line was answered.
type BatchResponse struct {
	StatusCode int             `json:"status_code"`
	RequestID  string          `json:"request_id"`
	Body       json.RawMessage `json:"body"`
}

// BatchError tells why a line was not answered at all.
type BatchError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// UnmarshalJSON reads an error whose code may be a number.
func (e *BatchError) UnmarshalJSON(data []byte) error {
	var a anyError
	if err := json.Unmarshal(data, &a); err != nil {
		return err
	}
	e.Code, e.Message = word(a.Code), word(a.Message)
	return nil
}

// File is an uploaded or produced file.
type File struct {
	ID        string `json:"id"`
	Object    string `json:"object"`
	Bytes     int64  `json:"bytes"`
	CreatedAt int64  `json:"created_at"`
	Filename  string `json:"filename"`
	Purpose   string `json:"purpose"`
	Status    string `json:"status"`
}

// BatchStatus says how far a batch is.
type BatchStatus string

// The states of a batch. The last four are final; the batch has partial output in the last three too.
const (
	BatchValidating BatchStatus = "validating"
	BatchInProgress BatchStatus = "in_progress"
	BatchFinalizing BatchStatus = "finalizing"
	BatchCancelling BatchStatus = "cancelling"
	BatchCompleted  BatchStatus = "completed"
	BatchFailed     BatchStatus = "failed"
	BatchExpired    BatchStatus = "expired"
	BatchCancelled  BatchStatus = "cancelled"
)

// Final reports whether nothing more comes of the batch.
func (s BatchStatus) Final() bool {
	return s == BatchCompleted || s == BatchFailed || s == BatchExpired || s == BatchCancelled
}

// Batch is a file of requests at work.
type Batch struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Endpoint         string            `json:"endpoint"`
	InputFileID      string            `json:"input_file_id"`
	CompletionWindow string            `json:"completion_window"`
	Status           BatchStatus       `json:"status"`
	OutputFileID     string            `json:"output_file_id,omitempty"`
	ErrorFileID      string            `json:"error_file_id,omitempty"`
	CreatedAt        int64             `json:"created_at"`
	Metadata         map[string]string `json:"metadata"`
	RequestCounts    BatchCounts       `json:"request_counts"`
	Errors           *BatchErrors      `json:"errors,omitempty"`
}

// NewBatch is the body of a request to /batches that makes one.
type NewBatch struct {
	InputFileID      string            `json:"input_file_id"`
	Endpoint         string            `json:"endpoint"`
	CompletionWindow string            `json:"completion_window"`
	Metadata         map[string]string `json:"metadata,omitempty"`
}

// BatchCounts says how many requests a batch has, and what became of them.
type BatchCounts struct {
	Total     int `json:"total"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
}

// BatchErrors tells why a batch was not accepted.
type BatchErrors struct {
	Data []BatchError `json:"data"`
}

// Page is one page of a list.
type Page[T any] struct {
	Object  string `json:"object"`
	Data    []T    `json:"data"`
	FirstID string `json:"first_id,omitempty"`
	LastID  string `json:"last_id,omitempty"`
	HasMore bool   `json:"has_more"`
}
