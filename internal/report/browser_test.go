package report_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// TestInABrowser opens the page in a real one: nothing is complained of, plots have a size, and an example opens.
func TestInABrowser(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs chromium")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(write(t, example())), 0o644); err != nil {
		t.Fatal(err)
	}
	// Of the first call the browser gets its life, so it has no time of its own.
	allocator, end := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)...)
	defer end()
	browser, end := chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(browser, time.Minute)
	defer end()
	var mu sync.Mutex
	var complaints []string
	err = chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		if e, ok := event.(*runtime.EventExceptionThrown); ok {
			complaints = append(complaints, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+file)); err != nil {
		t.Fatal(err)
	}
	title := look[string](ctx, t, `document.title`)
	plots := look[[]float64](ctx, t, `[...document.querySelectorAll("svg")].map(s => s.getBoundingClientRect().height)`)
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("details > summary"))); err != nil {
		t.Fatal(err)
	}
	open := look[bool](ctx, t, `document.querySelector("details").open`)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(400, 800)); err != nil {
		t.Fatal(err)
	}
	wide := look[float64](ctx, t, `document.documentElement.scrollWidth`)
	if title != "demo <one> – acecoder" {
		t.Errorf("title %q", title)
	}
	if len(plots) != 3 || min(plots[0], plots[1], plots[2]) < 100 {
		t.Errorf("heights of the plots %v, want three that can be seen", plots)
	}
	if !open {
		t.Error("the example does not open")
	}
	if wide > 400 {
		t.Errorf("on a screen of 400 the page is %v wide", wide)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(complaints) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(complaints, "; "))
	}
}

// look evaluates an expression in the page.
func look[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}
