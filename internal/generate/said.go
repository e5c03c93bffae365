package generate

import "strings"

// said is the text of one answer as it grows. What may be the beginning of a stop string waits until it is known.
type said struct {
	decoder Text
	stops   []string
	text    strings.Builder // all that is certain
	given   int             // bytes of it that were given out
	held    string          // the longest end of what came that a stop string begins with; not in text
	begins  []int           // where the text of each token begins
	cut     bool            // a stop string has ended it
}

func newSaid(decoder Text, stops []string) *said { return &said{decoder: decoder, stops: stops} }

// add takes the next token. It reports whether a stop string is complete; the text ends before it then.
func (s *said) add(token int32) bool {
	s.begins = append(s.begins, s.text.Len()+len(s.held))
	return s.append(s.decoder.Next(token))
}

// end takes what is left in the decoder. What waited turns out to be text.
func (s *said) end() {
	if s.cut || s.append(s.decoder.End()) {
		return
	}
	s.text.WriteString(s.held)
	s.held = ""
}

// append takes text. Of stop strings the one that ends first counts, so that it does not matter how a text is cut into
// tokens; of those that end together, the longest.
func (s *said) append(text string) bool {
	open := s.held + text
	end := len(open) + 1
	begin := end
	for _, stop := range s.stops {
		at := strings.Index(open, stop)
		if at < 0 {
			continue
		}
		if e := at + len(stop); e < end || e == end && at < begin {
			begin, end = at, e
		}
	}
	if end <= len(open) {
		s.text.WriteString(open[:begin])
		s.held, s.cut = "", true
		return true
	}
	keep := s.beginning(open)
	s.text.WriteString(open[:len(open)-keep])
	s.held = open[len(open)-keep:]
	return false
}

// beginning returns the length of the longest end of a text that a stop string begins with.
func (s *said) beginning(text string) int {
	longest := 0
	for _, stop := range s.stops {
		for n := min(len(stop)-1, len(text)); n > longest; n-- {
			if strings.HasSuffix(text, stop[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// news returns the text that was not given out yet.
func (s *said) news() string {
	text := s.text.String()[s.given:]
	s.given += len(text)
	return text
}

// upTo returns the number of tokens whose text begins before the end of the text.
func (s *said) upTo() int {
	n := len(s.begins)
	for n > 0 && s.begins[n-1] >= s.text.Len() {
		n--
	}
	return n
}
