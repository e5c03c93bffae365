package tokenizer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/tokenizer"
)

// benchTokenizer is the small tokenizer, or that of the folder in TOKENIZER_FOLDER, of a real model for example.
func benchTokenizer(b *testing.B) *tokenizer.Tokenizer {
	b.Helper()
	folder := os.Getenv("TOKENIZER_FOLDER")
	if folder == "" {
		return small(b)
	}
	t, err := tokenizer.Load(folder)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

// benchTexts are a few hundred kilobytes each: this repository's Python, its prose, and Chinese and Japanese.
func benchTexts(b *testing.B) map[string]string {
	b.Helper()
	join := func(pattern string) string {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			b.Fatalf("no files %s: %v", pattern, err)
		}
		var all strings.Builder
		for all.Len() < 200_000 {
			for _, name := range names {
				text, err := os.ReadFile(name)
				if err != nil {
					b.Fatal(err)
				}
				all.Write(text)
			}
		}
		return all.String()
	}
	cjk := "模型把问题变成程序，测试判断程序是否正确。テストは答えが正しいかどうかを調べます。\n奖励模型学习哪一个程序更好。"
	return map[string]string{
		"python": join("../verify/python/*.py"), "prose": join("../../*.md"), "cjk": strings.Repeat(cjk, 1500),
	}
}

func BenchmarkEncode(b *testing.B) {
	t := benchTokenizer(b)
	for name, text := range benchTexts(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			var ids []int32
			for b.Loop() {
				ids = t.EncodeAppend(ids[:0], text)
			}
			b.ReportMetric(float64(len(text))/float64(len(ids)), "bytes/token")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	t := benchTokenizer(b)
	for name, text := range benchTexts(b) {
		ids := t.Encode(text)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				t.Decode(ids, false)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	text := smallFile(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		read(b, text)
	}
}

func BenchmarkRender(b *testing.B) {
	template := recordedTemplate(b, "qwen3")
	chat := tokenizer.Chat{Messages: []tokenizer.Message{{Role: "user", Content: strings.Repeat("text ", 400)}}, AddGenerationPrompt: true}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Render(chat); err != nil {
			b.Fatal(err)
		}
	}
}
