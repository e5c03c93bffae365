package tokenizer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// text is Python's str(v) of what templates write out: no lists and dictionaries, which tojson is for.
func (r *render) text(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case undefined:
		return "", nil
	case nil:
		return "None", nil
	case bool:
		if v {
			return "True", nil
		}
		return "False", nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return floatText(v), nil
	}
	return "", fmt.Errorf("%s as a text is not known here", kindOfValue(v))
}

// floatText is Python's repr of a float.
func floatText(f float64) string {
	if f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
