package stats_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", path, got, want)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

// fill counts so many examples that the thousands need their comma.
func fill(f *stats.Funnel) {
	for i := range 1500 {
		source := []string{"evol", "oss", "stack"}[i%3]
		f.Before(source, 16+i%7)
		if i%4 == 0 {
			f.Drop(source, []acecoder.DropReason{acecoder.DropFewTests, acecoder.DropOracleFails}[i/4%2])
			continue
		}
		f.After(source, 12+i%7)
		f.Pairs(source, i%5)
	}
}

func TestTableOfAFullFunnel(t *testing.T) {
	f := stats.NewFunnel("evol", "oss")
	fill(f)
	golden(t, "funnel.txt", f.Report().Table())
	golden(t, "funnel.json", asJSON(t, f.Report()))
}

func TestTableWithoutPairs(t *testing.T) {
	f := stats.NewFunnel()
	f.Before("", 20)
	f.Before("two\nlines", 10)
	f.After("", 17)
	golden(t, "funnel_filter.txt", f.Report().Table())
}

func TestTableOfNothing(t *testing.T) {
	golden(t, "funnel_empty.txt", stats.NewFunnel().Report().Table())
	golden(t, "funnel_empty.json", asJSON(t, stats.NewFunnel().Report()))
}

func TestColumnsStandInTheirOrder(t *testing.T) {
	f := stats.NewFunnel("b")
	f.Before("c", 1)
	f.Before("a", 1)
	f.Before("b", 1)
	header, _, _ := strings.Cut(f.Report().Table(), "\n")
	if got := strings.Join(strings.Fields(header), " "); got != "b c a Overall" {
		t.Errorf("columns %q, want given ones first, then as first seen", got)
	}
}

func TestReportStaysAsItWas(t *testing.T) {
	f := stats.NewFunnel()
	f.Drop("a", acecoder.DropFewTests)
	report := f.Report()
	before := asJSON(t, report)
	f.Drop("a", acecoder.DropFewTests)
	f.Before("b", 3)
	if after := asJSON(t, report); after != before {
		t.Errorf("later counting changed a report to %s", after)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 124006: "124,006", 1234567: "1,234,567", -123: "-123", -1234: "-1,234"} {
		if got := stats.Grouped(n); got != want {
			t.Errorf("Grouped(%d) = %q, want %q", n, got, want)
		}
	}
}
