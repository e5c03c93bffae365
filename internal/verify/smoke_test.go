package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/acecoder/acecoder"
)

func TestSmokeHostile(t *testing.T) {
	p, _ := ProfileByName("acecoder-labels")
	start := time.Now()
	v, err := New(context.Background(), Options{Profile: p, Jobs: 1, CacheSize: -1, Level: "", Debug: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	fmt.Println("start", time.Since(start), v.Level())
	f, _ := os.Open("../../../shared/hostile.jsonl")
	d := json.NewDecoder(f)
	for d.More() {
		var r struct {
			ID, Program string
			Tests       []string
			Allowed     int `json:"allowed_passes"`
		}
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		out, err := v.Judge(context.Background(), Job{ID: r.ID, Tests: r.Tests, Programs: []acecoder.Program{{Program: r.Program}}})
		if err != nil {
			t.Error(r.ID, err)
			continue
		}
		o := out[0]
		fmt.Printf("%-20s %-10s %d/%d %v cheat=%v cpu=%.0f wall=%v %.100q\n", r.ID, o.Status, o.Passed, o.Total, o.Trust, o.CheatSuspected, o.CPUMS, time.Since(start).Round(time.Millisecond), firstMessage(o))
	}
}
