package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Error is what a server says in place of an answer.
type Error struct {
	Status  int    // of HTTP
	Message string // for people
	Type    string // a word, such as invalid_request_error
	Param   string // the field of the request that it is about; empty where the server does not say
	Code    string // a word, such as context_length_exceeded; some servers repeat the status here
}

// Error says status and message.
func (e *Error) Error() string { return fmt.Sprintf("HTTP %d: %s", e.Status, e.Message) }

// errorBody is how OpenAI writes an error.
type errorBody struct {
	Error errorFields `json:"error"`
}

type errorFields struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// body returns the error as OpenAI writes it.
func (e *Error) body() errorBody {
	f := errorFields{Message: e.Message, Type: e.Type}
	if e.Param != "" {
		f.Param = &e.Param
	}
	if e.Code != "" {
		f.Code = &e.Code
	}
	return errorBody{f}
}

// maxMessage is how much is kept of a message; some servers send the whole prompt back.
const maxMessage = 1000

// ReadError reads the body of an answer that is none. It knows the shapes of OpenAI, vLLM, FastAPI and of gateways
// that write a bare string, and keeps the beginning of anything else as the message.
func ReadError(status int, body []byte) *Error {
	e := &Error{Status: status}
	e.read(body)
	if e.Message == "" {
		e.Message = strings.TrimSpace(string(body))
	}
	if e.Message == "" || e.Message == "null" {
		e.Message = http.StatusText(status)
	}
	e.Message = cut(strings.ToValidUTF8(e.Message, "\uFFFD"), maxMessage)
	return e
}

// anyError has the fields of all shapes. RawMessage: what is a string here is a number or an object there.
type anyError struct {
	Error   json.RawMessage `json:"error"`
	Detail  json.RawMessage `json:"detail"`
	Message json.RawMessage `json:"message"`
	Type    json.RawMessage `json:"type"`
	Param   json.RawMessage `json:"param"`
	Code    json.RawMessage `json:"code"`
}

func (e *Error) read(body []byte) {
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '"' {
		e.Message = word(body)
		return
	}
	var a anyError
	if json.Unmarshal(body, &a) != nil {
		return
	}
	switch {
	case present(a.Error):
		e.read(a.Error)
	case present(a.Detail):
		e.readDetail(a.Detail)
	default:
		e.Message, e.Type, e.Param, e.Code = word(a.Message), word(a.Type), word(a.Param), word(a.Code)
	}
}

// readDetail reads FastAPI's form: a string, or a list of places and what is wrong there.
func (e *Error) readDetail(detail json.RawMessage) {
	var places []struct {
		Loc []json.RawMessage `json:"loc"`
		Msg string            `json:"msg"`
	}
	if json.Unmarshal(detail, &places) != nil || len(places) == 0 {
		e.read(detail)
		return
	}
	var loc []string
	for _, part := range places[0].Loc {
		if name := word(part); name != "body" {
			loc = append(loc, name)
		}
	}
	e.Param = strings.Join(loc, ".")
	e.Message = strings.TrimPrefix(e.Param+": "+places[0].Msg, ": ")
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// word returns a string's text, and a number as it is written.
func word(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if present(raw) && raw[0] != '{' && raw[0] != '[' {
		return string(raw)
	}
	return ""
}

// cut shortens a text to n bytes, not inside a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
