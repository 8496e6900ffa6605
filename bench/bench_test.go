package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

func TestMain(m *testing.M) {
	isolate.Main(jobs())
	os.Exit(m.Run())
}

// One small run writes all sections, and a second one leaves those alone that
// it does not measure.
func TestRun(t *testing.T) {
	t.Parallel() // with what other processes do
	docs := t.TempDir()
	small := []string{
		"-docs", docs, "-libraries", "^net/http$", "-rounds", "1", "-time", "1ms", "-scaling", "100",
		"-engines", "^memory$", "-http-rounds", "1", "-http-time", "1s", "-connections", "4",
		"-operations", "80", "-engine-trials", "^redis$", "-engine-operations", "80", "-sessions", "200", "-window", "20ms",
		"-kept", "200", "-spell", "50ms", "-costs", filepath.Join(docs, "costs.json"),
	}
	if err := run(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	first := page(t, docs)
	for _, s := range sections {
		if !strings.Contains(first, "<!-- section "+s.name+" -->") {
			t.Errorf("no section %s in\n%s", s.name, first)
		}
	}
	for _, plot := range []string{"in-process-1", "scale-bytes", "scale-delays"} {
		if _, err := os.Stat(filepath.Join(docs, "benchmarks", plot+".svg")); err != nil {
			t.Error(err)
		}
	}

	if err := run(t.Context(), append(small, "-only", "scaling", "-libraries", "^none$")); err != nil {
		t.Fatal(err)
	}
	second := page(t, docs)
	for _, s := range sections {
		before, after := part(first, s.name), part(second, s.name)
		if (before == after) != (s.name != "scaling") {
			t.Errorf("section %s:\n%s\nbefore:\n%s", s.name, after, before)
		}
	}
}

func page(t *testing.T, docs string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docs, "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func part(page, section string) string {
	_, rest, _ := strings.Cut(page, "<!-- section "+section+" -->")
	text, _, _ := strings.Cut(rest, "<!-- end of "+section+" -->")
	return text
}

func TestWrongArguments(t *testing.T) {
	for _, args := range [][]string{{"all"}, {"-only", "nothing"}, {"-only", "scale", "-sessions", "many"}, {"-libraries", "("}, {"-none"}} {
		if err := run(t.Context(), append([]string{"-docs", t.TempDir()}, args...)); err == nil {
			t.Errorf("%q went well", args)
		}
	}
}

// Each section has its place on the page.
func TestOrder(t *testing.T) {
	at := 0
	for _, s := range sections {
		for at < len(report.Order) && report.Order[at] != s.name {
			at++
		}
		if at == len(report.Order) {
			t.Errorf("%s has no place, or one before", s.name)
		}
	}
}

func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "recorded.json")
	quick := []string{"-file", file, "-rounds", "1", "-time", "1ms"}
	if err := runCheck(quick); err == nil || !strings.Contains(err.Error(), "no times yet") {
		t.Errorf("that nothing is recorded is reported as %v", err)
	}
	if err := runCheck(append(quick, "-record")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`{"allocations": {"read one key": 1}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := runCheck(append(quick, "-allocations")); err == nil || !strings.Contains(err.Error(), "read one key: ") {
		t.Errorf("a loss is reported as %v", err)
	}
}
