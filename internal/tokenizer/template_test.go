package tokenizer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acecoder/acecoder/internal/tokenizer"
)

// said writes what messages say, which every template here has to do.
const said = "{% for m in messages %}{{ m.content }}{% endfor %}"

func user(text string) []tokenizer.Message { return []tokenizer.Message{{Role: "user", Content: text}} }

// TestTemplateRefuses has templates that are refused when they are read, and what the error names.
func TestTemplateRefuses(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a filter", "{% if tools %}{{ tools | xmlattr }}{% endif %}", `line 1: the filter "xmlattr" is not known`},
		{"a test", "\n\n{{ 1 is divisibleby 1 }}", `line 3: the test "divisibleby" is not known`},
		{"a statement", "{% include 'x' %}", `the statement "include" is not known`},
		{"another file", "{% import 'x' as y %}", `the statement "import" is not known`},
		{"a method", "{{ ''.format(1) }}", "str.format is not known"},
		{"Python's insides", "{{ messages.__class__.__mro__ }}", "list.__class__ is not known"},
		{"by their name", "{{ ''['__class__'] }}", "str.__class__ is not known"},
		{"Jinja's insides", "{{ self }}", "the name self is not known"},
		{"a function that is not there", "{{ open('/etc/passwd') }}", `"open" is undefined`},
		{"a recursive loop", "{% for x in messages recursive %}{% endfor %}", "a recursive loop is not known"},
		{"a list as a text", "{{ messages }}", "list as a text is not known"},
		{"a text many times", "{{ 'a' * 3 }}", "str * int is not known"},
		{"a power", "{{ 2 ** 3 }}", "** is not known"},
		{"an argument", "{{ 'a' | tojson(sort_keys=true) }}", "the argument sort_keys is not known"},
		{"a date", "{{ strftime_now('%U') }}", "%U is not known"},
		{"no end of a loop", "{% for m in messages %}", "{% endfor %} is missing"},
		{"no end of a tag", "{{ 'a'", "a tag does not end"},
		{"no end of a comment", "{# {{", "the comment does not end"},
		{"no end of a string", "{{ 'a }}", "does not end"},
		{"an end of nothing", "a{% endif %}", "{% endif %} ends nothing"},
		{"brackets", "{{ (1] }}", "closes no bracket"},
		{"break without a loop", "{% break %}", "is in no loop"},
		{"a name without an end", "{{ " + strings.Repeat("a", 300) + " }}", "more than 256 letters"},
		{"what hangs in it", strings.Repeat("{% if true %}", 200), "lie within each other"},
		{"brackets in brackets", "{{ " + strings.Repeat("(", 1000) + strings.Repeat(")", 1000) + " }}", "lie within each other"},
		{"signs before signs", "{{ " + strings.Repeat("-", 1000) + "1 }}", "lie within each other"},
		{"its size", strings.Repeat(" ", 1<<19) + said, "524288 at most"},
		{"it says nothing", "{{ bos_token }}", "it leaves out the text of messages"},
		{"it wants parts", "{% for m in messages %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endfor %}", "leaves out the text"},
		{"it turns around", "{% for m in messages | reverse %}{% endfor %}" + said, `"reverse" is not known`},
		{"also by itself", "{% for m in messages[::-1] %}{{ m.content }}{% endfor %}", "turns them around"},
	} {
		_, err := tokenizer.NewTemplate(c.source, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: NewTemplate(%.60q) = %v, want an error with %q", c.name, c.source, err, c.want)
		}
	}
}

// TestHostileTemplates checks that no template takes long or much, whatever it does.
func TestHostileTemplates(t *testing.T) {
	const long = "{% set ns = namespace(s='aé', l=[]) %}{% for i in range(18) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}"
	each := func(do string) string {
		return long + "{% for i in range(1000000) %}{% if " + do + " %}{% endif %}{% endfor %}" + said
	}
	for name, source := range map[string]string{
		"a long range":              "{% for i in range(1000000000) %}{% endfor %}" + said,
		"a range without an end":    "{% for i in range(0, 10, 0) %}{% endfor %}" + said,
		"loops in loops":            strings.Repeat("{% for i in range(1000) %}", 9) + strings.Repeat("{% endfor %}", 9) + said,
		"doubled texts":             "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}" + said,
		"doubled lists":             "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}" + said,
		"replaced by more":          "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s | replace('a', 'aaaa') %}{% endfor %}" + said,
		"a macro that calls itself": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}" + said,
		"macros that fork":          "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(150) }}" + said,
		"a list in a list":          "{% set ns = namespace(s=[]) %}{% for i in range(9999) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s | tojson }}" + said,
		"compared in depth": "{% set ns = namespace(s=[], t=[]) %}{% for i in range(9999) %}{% set ns.s = [ns.s] %}{% set ns.t = [ns.t] %}" +
			"{% endfor %}{{ ns.s == ns.t }}" + said,
		"lists that double in JSON": "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}" + said,
		"separators in JSON":        long + "{{ range(1000) | list | tojson(separators=(ns.s, ns.s)) }}" + said,
		"variables far outside":     strings.Repeat("{% for a in [1] %}", 90) + "{% for i in range(99999) %}" + strings.Repeat("{{ x }}", 500) + strings.Repeat("{% endfor %}", 91) + said,
		"equal texts":               each("ns.s == ns.s"),
		"texts in order":            each("ns.s <= ns.s"),
		"a text in a text":          each("ns.s in ns.s"),
		"a long key":                each("ns.s in {}"),
		"a long key of an element":  each("{}[ns.s]"),
		"a long key to get":         each("{}.get(ns.s)"),
		"a long key to make":        each("{ns.s: 1}"),
		"many letters to strip":     each("(ns.s ~ '!').strip(ns.s)"),
		"the first letters":         each("ns.s.startswith(ns.s)"),
		"capitals":                  each("ns.s | upper"),
		"splits":                    each("ns.s.split('a')"),
		"letters":                   each("ns.s[1]"),
		"their number":              each("ns.s | length"),
		"a joined list":             each("[ns.s, ns.s] | join"),
		"a long attribute":          each("messages | selectattr(ns.s) | list"),
	} {
		var err error
		took := timed(t, func() {
			var template *tokenizer.Template
			if template, err = tokenizer.NewTemplate(source, nil); err == nil {
				_, err = template.Render(tokenizer.Chat{Messages: user("x")})
			}
		})
		t.Logf("%s: %v", name, took)
		if err == nil || took > 5*time.Second {
			t.Errorf("%s: the template is rendered after %v with the error %v; want one, and soon", name, took, err)
		}
	}
}

// TestLongConversation checks that the bound on a template's work does not stop honest ones.
func TestLongConversation(t *testing.T) {
	var chat tokenizer.Chat
	for range 2000 {
		chat.Messages = append(chat.Messages, user("Q")[0], tokenizer.Message{Role: "assistant", Content: "A"})
	}
	for _, template := range []*tokenizer.Template{tokenizer.ChatML(), recordedTemplate(t, "qwen3"), recordedTemplate(t, "llama3_1")} {
		if _, err := template.Render(chat); err != nil {
			t.Errorf("Render of %d messages = %v, want no error", len(chat.Messages), err)
		}
	}
	text := strings.Repeat("def f(x):\n    return x\n", 200_000)
	got, err := tokenizer.ChatML().Render(tokenizer.Chat{Messages: user(text)})
	if err != nil || !strings.Contains(got, text) {
		t.Errorf("Render of a message of %d bytes = %d bytes, %v", len(text), len(got), err)
	}
}

func TestRenderErrors(t *testing.T) {
	objecting, err := tokenizer.NewTemplate("{% if messages[0].role != 'system' %}{{ raise_exception('A system message first') }}{% endif %}"+said, nil)
	if err != nil {
		t.Fatalf("NewTemplate of one that objects: %v", err)
	}
	hiding, err := tokenizer.NewTemplate("{% for m in messages %}{{ m.content.split('|')[0] }}{% endfor %}", nil)
	if err != nil {
		t.Fatalf("NewTemplate: %v", err)
	}
	for _, c := range []struct {
		name     string
		template *tokenizer.Template
		chat     tokenizer.Chat
		want     string
	}{
		{"no messages", tokenizer.ChatML(), tokenizer.Chat{}, "no messages"},
		{"both", tokenizer.ChatML(), tokenizer.Chat{Messages: user("x"), AddGenerationPrompt: true, ContinueFinal: true}, "not both"},
		{"an objection", objecting, tokenizer.Chat{Messages: user("x")}, "A system message first"},
		{"a last message that is cut", hiding, tokenizer.Chat{Messages: user("x|y"), ContinueFinal: true}, "it cannot be continued"},
	} {
		if got, err := c.template.Render(c.chat); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Render(%+v) = %q, %v, want an error with %q", c.name, c.chat, got, err, c.want)
		}
	}
}

// TestNow checks that a template sees the clock that it is given, or the computer's.
func TestNow(t *testing.T) {
	template, err := tokenizer.NewTemplate("{{ strftime_now('%Y') }}"+said, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []func() time.Time{nil, func() time.Time { return time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC) }} {
		want := time.Now().Format("2006")
		if now != nil {
			want = "1999"
		}
		if got, err := template.Render(tokenizer.Chat{Messages: user("!"), Now: now}); got != want+"!" || err != nil {
			t.Errorf("Render(…) = %q, %v, want %q", got, err, want+"!")
		}
	}
}

func FuzzTemplate(f *testing.F) {
	names, err := filepath.Glob("testdata/templates/*.jinja")
	if err != nil || len(names) == 0 {
		f.Fatalf("no templates: %v", err)
	}
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(source))
	}
	for _, r := range rows[struct{ Source string }](f, "snippets.jsonl") {
		f.Add(r.Source + said)
	}
	f.Fuzz(func(t *testing.T, source string) {
		template, err := tokenizer.NewTemplate(source, recordedTokens)
		if err != nil {
			return
		}
		for _, chat := range []tokenizer.Chat{{Messages: user("x"), AddGenerationPrompt: true}, {Messages: user(" x "), ContinueFinal: true}} {
			if text, err := template.Render(chat); err == nil && !strings.Contains(text, "x") && !strings.Contains(source, "x") {
				t.Errorf("Render of %q = %q, which leaves out the message", source, text)
			}
		}
	})
}
