package pycode_test

import (
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pycode"
)

// q stands for the three backticks that a Go raw string cannot hold.
func q(s string) string { return strings.ReplaceAll(s, "QQQ", "```") }

const (
	code  = "def f(x):\n    return x + 1\n"
	other = "def g(x):\n    return x\n"
	use   = "print(f(3))\n"
)

type extractCase struct {
	name, answer, entry string
	code                string
	rule                pycode.Rule
	blocks              int
	cut                 bool
}

func checkExtract(t *testing.T, cases []extractCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := pycode.Extract(q(c.answer), c.entry)
			want := pycode.Extraction{Code: q(c.code), Rule: c.rule, Blocks: c.blocks, Cut: c.cut}
			if got != want {
				t.Errorf("Extract(%q, %q) =\n%#v\nwant\n%#v", q(c.answer), c.entry, got, want)
			}
		})
	}
}

func TestExtractFences(t *testing.T) {
	entry, py, last := pycode.RuleEntryBlock, pycode.RulePythonBlock, pycode.RuleLastBlock
	checkExtract(t, []extractCase{
		{"one block", "Sure:\nQQQpython\n" + code + "QQQ\nDone.", "f", code, entry, 1, false},
		{"py tag", "QQQpy\n" + code + "QQQ", "f", code, entry, 1, false},
		{"upper-case tag with a space", "QQQ Python3\n" + code + "QQQ", "f", code, entry, 1, false},
		{"attributes", "QQQ{.python .numberLines}\n" + code + "QQQ", "", code, py, 1, false},
		{"version in the tag", "QQQpython3.11\n" + code + "QQQ", "", code, py, 1, false},
		{"no tag", "Answer:\n\nQQQ\n" + code + "QQQ\n", "f", code, entry, 1, false},
		{"tildes", "~~~python\n" + code + "~~~\n", "f", code, entry, 1, false},
		{"tildes hold backticks", "~~~python\ns = '''\nQQQ\n'''\n" + code + "~~~\n", "f", "s = '''\nQQQ\n'''\n" + code, entry, 1, false},
		{"CRLF kept", "Sure:\r\nQQQpython\r\ndef f(x):\r\n    return x\r\nQQQ\r\n", "f", "def f(x):\r\n    return x\r\n", entry, 1, false},
		{"CRLF, no entry point", "QQQpython\r\nx = 1\r\nQQQ\r\nbye", "", "x = 1\r\n", py, 1, false},
		{"cut off in the block", "QQQpython\n" + code + "    # and so", "f", code + "    # and so", entry, 1, true},
		{"stopped at the fence", "QQQpython\n" + code, "f", code, entry, 1, true},
		{"cut off after the opening fence", "QQQpython\n" + code + "QQQ\nor\nQQQpython\n", "f", code, entry, 1, false},
		{"draft, then final", "QQQpython\ndef f(x):\n    pass\nQQQ\nBetter:\nQQQpython\n" + code + "QQQ", "f", code, entry, 2, false},
		{"usage after the program", "QQQpython\n" + code + "QQQ\nUsage:\nQQQpython\n" + use + "QQQ", "f", code, entry, 2, false},
		{"tests after the program", "QQQpython\n" + code + "QQQ\nTests:\nQQQpython\ndef test_f():\n    assert f(1) == 2\nQQQ", "f", code, entry, 2, false},
		{"other function after", "QQQpython\n" + code + "QQQ\nQQQpython\n" + other + "QQQ", "f", code, entry, 2, false},
		{"untagged entry beats tagged other", "QQQ\n" + code + "QQQ\nQQQpython\n" + other + "QQQ", "f", code, entry, 2, false},
		{"output after the program", "QQQpython\n" + code + "QQQ\nOutput:\nQQQ\n4\nQQQ", "", code, py, 2, false},
		{"shell before the program", "QQQbash\npip install numpy\nQQQ\nQQQ\n" + other + "QQQ", "", other, last, 2, false},
		{"only a shell block", "QQQbash\npip install numpy\nQQQ", "f", "pip install numpy\n", last, 1, false},
		{"class entry", "QQQpython\nclass F:\n    pass\nQQQ", "F", "class F:\n    pass\n", entry, 1, false},
		{"method of a class as the entry", "QQQpython\nclass S:\n    pass\nQQQ\nQQQpython\n" + use + "QQQ", "S().run", "class S:\n    pass\n", entry, 2, false},
		{"async entry", "QQQpython\nasync def f():\n    pass\nQQQ\nQQQpython\n" + use + "QQQ", "f", "async def f():\n    pass\n", entry, 2, false},
		{"assigned entry", "QQQpython\nf = lambda x: x\nQQQ\nQQQpython\n" + use + "QQQ", "f", "f = lambda x: x\n", entry, 2, false},
		{"call is no definition", "QQQpython\nf(x) == 3\nQQQ\nQQQpython\n" + other + "QQQ", "f", other, py, 2, false},
		{"definition in a docstring is none", "QQQpython\n\"\"\"\ndef f(x): pass\n\"\"\"\nQQQ\nQQQpython\n" + other + "QQQ", "f", other, py, 2, false},
		{"Java class of the same name yields", "QQQpython\nclass S:\n    pass\nQQQ\nQQQjava\nclass S {\n}\nQQQ", "S", "class S:\n    pass\n", entry, 2, false},
		{"inline code is no fence", "Use QQQf(x)QQQ or\nQQQinlineQQQ here.\nQQQpython\n" + code + "QQQ", "f", code, entry, 1, false},
		{"indented fence", "1. Do\n\n   QQQpython\n   def f(x):\n       return x\n   QQQ\n", "f", "def f(x):\n    return x\n", entry, 1, false},
		{"indented by a tab", "\tQQQpython\n\tdef f(x):\n\t\treturn x\n\tQQQ\n", "f", "def f(x):\n\treturn x\n", entry, 1, false},
		{"indented fence, code at column 0", "  QQQpython\n" + code + "  QQQ\n", "f", code, entry, 1, false},
		{"behind a list marker", "- QQQpython\n  def f(x):\n      return x\n  QQQ\n", "f", "def f(x):\n    return x\n", entry, 1, false},
		{"behind words", "Here it is: QQQpython\n" + code + "QQQ", "f", code, entry, 1, false},
		{
			"fence in a docstring", "QQQpython\ndef f(x):\n    \"\"\"\n    QQQpython\n    f(1)\n    QQQ\n    \"\"\"\n    return x\nQQQ\nok", "f",
			"def f(x):\n    \"\"\"\n    QQQpython\n    f(1)\n    QQQ\n    \"\"\"\n    return x\n", entry, 1, false,
		},
		{"longer fence holds a shorter one", "QQQ`python\ns = '''\nQQQ\n'''\n" + code + "QQQ`\n", "f", "s = '''\nQQQ\n'''\n" + code, entry, 1, false},
		{"Markdown fence around it all", "QQQ`markdown\nText\nQQQpython\n" + code + "QQQ\nmore\nQQQ`\nbye", "f", code, entry, 1, false},
		{"Markdown fence of the same size", "QQQmarkdown\nText\nQQQpython\n" + code + "QQQ\nmore\nQQQ\nbye", "f", code, entry, 1, false},
		{"closing fence forgotten", "QQQpython\n" + other + "QQQpython\n" + code + "QQQ", "f", code, entry, 2, false},
		{"closing fence glued to the code", "QQQpython\ndef f(x): return xQQQ\nThat was it.", "f", "def f(x): return x", entry, 1, false},
		{"two blocks with glued fences", "QQQpython\ndef f(x): return xQQQ\nand\nQQQpython\ny = 1QQQ\nso", "f", "def f(x): return x", entry, 2, false},
		{"words behind the closing fence", "QQQpython\n" + code + "QQQ This works since it adds.\nQQQ\n4\nQQQ", "f", code, entry, 2, false},
		{"end token behind the closing fence", "QQQpython\n" + code + "QQQ<|im_end|>", "f", code, entry, 1, false},
		{"opening fence was in the prompt", code + "QQQ\nThis adds one.", "f", code, entry, 1, false},
		{"opening fence was in the prompt, more follows", code + "QQQ\nUse:\nQQQpython\n" + use + "QQQ", "f", code, entry, 2, false},
		{"blank blocks do not count", "QQQ\n\nQQQ\nQQQpython\n" + code + "QQQ", "", code, py, 1, false},
	})
}

func TestExtractText(t *testing.T) {
	text, whole, longest := pycode.RuleEntryText, pycode.RuleWhole, pycode.RuleCodeText
	long := "import math\n\nM = 7\n\n@cache\ndef f(x):\n    \"\"\"Adds.\n\nWith prose at column 0.\n    \"\"\"\n    return (x +\n1)\n\nif M:\n    f(1)\n"
	checkExtract(t, []extractCase{
		{"only a program", long, "f", long, text, 0, false},
		{"prose around", "Here is the program:\n\n" + long + "\nIt takes linear time.\n", "f", long, text, 0, false},
		{"comment heading after", code + "\n# Explanation\nIt adds one.\n", "f", code, text, 0, false},
		{"prose that begins with keywords", "from the question we see\nimport the module\nclass of problems:\nif possible:\n\n" + code + "for example:\nf", "f", code, text, 0, false},
		{"try around an import", "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n" + code, "f", "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n" + code, text, 0, false},
		{"last stretch that defines it", code + "But better is this:\n" + "def f(x):\n    return 1 + x\nSo.", "f", "def f(x):\n    return 1 + x\n", text, 0, false},
		{"no entry point: longest", "x = 1\nis short but this one is not:\n" + code + "end of it", "", code, longest, 0, false},
		{"entry point in no stretch", "Look:\n" + other, "f", other, longest, 0, false},
		{"program outside, usage in a block", code + "\nUse it so:\nQQQpython\n" + use + "QQQ", "f", code, text, 1, false},
		{
			"fence in the docstring of an unfenced program", "def f(x):\n    \"\"\"\n    QQQ\n    f(1)\n    QQQ\n    \"\"\"\n    return x\n", "f",
			"def f(x):\n    \"\"\"\n    QQQ\n    f(1)\n    QQQ\n    \"\"\"\n    return x\n", text, 0, false,
		},
		{"cut off in a header", "def f(x):", "f", "def f(x):", text, 0, false},
		{"cut off in a string", "def f(x):\n    return '''abc\n", "f", "def f(x):\n    return '''abc\n", text, 0, false},
		{"prose only", "I cannot help with that.\nSorry!", "f", "I cannot help with that.\nSorry!", whole, 0, false},
		{"body only", "    return x + 1\n", "f", "    return x + 1\n", whole, 0, false},
		{"blank", " \n\t\n", "f", "", pycode.RuleEmpty, 0, false},
		{"nothing", "", "", "", pycode.RuleEmpty, 0, false},
	})
}

func TestExtractTags(t *testing.T) {
	entry := pycode.RuleEntryBlock
	fenced := "QQQpython\n" + code + "QQQ\n"
	draft := "QQQpython\ndef f(x):\n    pass\nQQQ\n"
	checkExtract(t, []extractCase{
		{"thought before", "<think>\nMaybe\n" + draft + "</think>\n" + fenced, "f", code, entry, 1, false},
		{"thought with an open fence", "<think>QQQpython\ndef f(</think>\n" + fenced, "f", code, entry, 1, false},
		{"thought began in the prompt", "Maybe\n" + draft + "</think>\n\n" + fenced, "f", code, entry, 1, false},
		{"thought after", fenced + "<think>\n" + draft + "</think>\n", "f", code, entry, 1, false},
		{"two thoughts", "<think>a</think>\n" + fenced + "<think>\n" + draft + "</think>\nDone.", "f", code, entry, 1, false},
		{"thought cut off", "<think>\nMaybe\n" + draft, "f", "", pycode.RuleEmpty, 0, false},
		{"thought, then nothing", "<think>\nMaybe\n</think>\n", "f", "", pycode.RuleEmpty, 0, false},
		{"program that speaks of the tag", "QQQpython\ndef f(s):\n    return s.split(\"</think>\")[-1]\nQQQ", "f", "def f(s):\n    return s.split(\"</think>\")[-1]\n", entry, 1, false},
		{"answer", draft + "<answer>\n" + fenced + "</answer>\n" + draft, "f", code, entry, 1, false},
		{"answer right behind the thought", "<think>x</think><answer>" + fenced + "</answer>", "f", code, entry, 1, false},
		{"closing tag glued to the fence", "<answer>\nQQQpython\n" + code + "QQQ</answer>", "f", code, entry, 1, false},
		{"answer without fences", "<answer>\n" + code + "</answer>", "f", code, pycode.RuleEntryText, 0, false},
		{"answer cut off", draft + "<answer>\n" + fenced, "f", code, entry, 1, false},
		{"last answer", "<answer>\n" + draft + "</answer>\n<answer>\n" + fenced + "</answer>", "f", code, entry, 1, false},
		{"blank answer", fenced + "<answer>\n</answer>", "f", code, entry, 1, false},
	})
}
