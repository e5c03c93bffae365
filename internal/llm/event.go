package llm

import "time"

// Event tells of one HTTP request, of one line of a batch's output, or of samples that were in the cache.
type Event struct {
	Model   string
	Kind    Kind
	Samples int           // answers that came
	Usage   Usage         // of these answers together; of cached ones, what they took when they were asked for
	Attempt int           // of the request, from 1; 0 where nothing was sent
	Wait    time.Duration // before it was sent: for its turn, the limits, the budget
	Latency time.Duration // from sending to the last byte
}

// Kind is a word from a closed list that says how a request ended.
type Kind string

// The kinds. Those up to FormatIgnored brought answers.
const (
	KindOK            Kind = "ok"
	KindCached        Kind = "cached"         // nothing was sent
	KindNIgnored      Kind = "n_ignored"      // fewer samples than were asked for
	KindFormatIgnored Kind = "format_ignored" // JSON was asked for, and the answer is none

	KindRateLimited Kind = "rate_limited" // 429
	KindOverloaded  Kind = "overloaded"   // 503
	KindServerError Kind = "server_error" // any other 5xx, 408, 409, 425, an error in place of an answer
	KindUnreachable Kind = "unreachable"  // no connection
	KindReset       Kind = "reset"        // the connection broke before an answer
	KindTimeout     Kind = "timeout"
	KindHalfAnswer  Kind = "half_answer" // the connection, or the server's work, broke within the answer
	KindBadJSON     Kind = "bad_json"    // status 200, and the body is no answer
	KindNoChoices   Kind = "no_choices"  // an answer without a sample

	KindFieldRejected Kind = "field_rejected" // the server does not know a field; it is asked again without
	KindRefused       Kind = "refused"        // this request will never be answered
	KindRejected      Kind = "rejected"       // the configuration is wrong: model, base URL, a parameter
	KindKey           Kind = "key"            // 401, 403
	KindQuota         Kind = "quota"          // the account is empty
	KindCanceled      Kind = "canceled"       // the caller gave up
)

// Answered reports whether the request brought answers.
func (k Kind) Answered() bool {
	return k == KindOK || k == KindCached || k == KindNIgnored || k == KindFormatIgnored
}

// Kinds lists every kind, in the order of the reports.
func Kinds() []Kind {
	return []Kind{
		KindOK, KindCached, KindNIgnored, KindFormatIgnored, KindRateLimited, KindOverloaded, KindServerError, KindUnreachable,
		KindReset, KindTimeout, KindHalfAnswer, KindBadJSON, KindNoChoices, KindFieldRejected, KindRefused, KindRejected, KindKey,
		KindQuota, KindCanceled,
	}
}
