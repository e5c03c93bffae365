package llmtest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Arithmetic is a small world in which every model knows what to say: seeds that multiply, questions and tests about
// them, and programs that are right or not. Say is for [Config].
type Arithmetic struct {
	Tests int // a question; 0: 20, of which a fifth are wrong
	Pad   int // bytes of words that each answer has besides
}

// Seed is the program of seed k, a function of its own name.
func (Arithmetic) Seed(k int) string {
	return fmt.Sprintf("def scale_%d(x):\n    \"\"\"Scale a value %s.\"\"\"\n    total = 0\n    for _ in range(%d):\n        total += x\n    return total\n",
		k, words(k), k)
}

// words are some that tell seeds apart that are the same but for a number.
func words(k int) string {
	var out []string
	for _, c := range fmt.Sprintf("%06d", k*7919%1000003) {
		out = append(out, []string{"by hand", "at night", "in steps", "on paper", "of wood", "for two", "with care", "as told", "to scale", "from home"}[c-'0'])
	}
	return strings.Join(out, " ")
}

var scaled = regexp.MustCompile(`scale_(\d+)`)

// Say answers as the model would whose name begins with writer, oracle or policy. The oracle is right; of the policy's
// samples some are, some pass the smaller half of the tests, some do not compile.
func (a Arithmetic) Say(model, prompt string, sample int64) string {
	found := scaled.FindStringSubmatch(prompt)
	if found == nil {
		return "I do not know."
	}
	k := found[1]
	pad := strings.Repeat("And so it is. ", a.Pad/14)
	switch {
	case strings.HasPrefix(model, "writer"):
		return a.exercise(k, pad)
	case strings.HasPrefix(model, "oracle"), sample%4 == 0:
		return fmt.Sprintf("def scale_%s(x):\n    return %s * x\n```\n%s", k, k, pad)
	case sample%4 == 1:
		return fmt.Sprintf("def scale_%s(x):\n    return %s * x if x < 8 else 0\n```\n%s", k, k, pad)
	case sample%4 == 2:
		return fmt.Sprintf("def scale_%s(x):\n    return %s * abs(x) + 0 * len(str(x))\n```\n%s", k, k, pad)
	}
	return fmt.Sprintf("def scale_%s(x)\n    return x\n```\n%s", k, pad)
}

// exercise is the writer's answer.
func (a Arithmetic) exercise(k, pad string) string {
	n := a.Tests
	if n == 0 {
		n = 20
	}
	var factor int
	_, _ = fmt.Sscan(k, &factor)
	var tests []string
	for i := range n {
		x, y := i-2, (i-2)*factor
		if i%5 == 4 {
			y++ // imagined
		}
		tests = append(tests, fmt.Sprintf("assert scale_%s(%d) == %d", k, x, y))
	}
	text, _ := json.Marshal(map[string]any{
		"question": fmt.Sprintf("Write a function scale_%s that multiplies a whole number by %s. %s", k, k, pad), "tests": tests,
	})
	return string(text)
}
