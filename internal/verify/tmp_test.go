package verify

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestTmp(t *testing.T) {
	jobs := workloadJobs(t)
	p, _ := ProfileByName("acecoder-labels")
	v, err := New(context.Background(), Options{Profile: p, Jobs: 1, CacheSize: -1})
	if err != nil {
		t.Fatal(err)
	}
	s := <-v.slots
	start := time.Now()
	for _, j := range jobs {
		if _, err := s.split(context.Background(), j.Tests, ""); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("split per question", time.Since(start)/time.Duration(len(jobs)))
	v.slots <- s
	// light
	var light []Job
	for _, j := range jobs {
		out, _ := v.Judge(context.Background(), j)
		ok := true
		for _, o := range out {
			sum := 0.0
			for _, r := range o.Tests {
				sum += r.CPUMS
			}
			if sum > 0.3 {
				ok = false
			}
		}
		if ok {
			light = append(light, j)
		}
	}
	fmt.Println("light", len(light))
	light = light[:100]
	for range 2 {
		start = time.Now()
		n := 0
		for _, j := range light {
			out, _ := v.Judge(context.Background(), j)
			n += len(out)
		}
		fmt.Println("light/s", float64(n)/time.Since(start).Seconds())
		fmt.Println(v.MeasureFloor(context.Background(), light))
	}
	v.Close()
}
