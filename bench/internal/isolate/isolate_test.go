package isolate

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	Main(map[string]Job{
		"double": Of(func(n int) (int, error) { return 2 * n, nil }),
		"fail":   Of(func(struct{}) (int, error) { return 0, errors.New("no luck") }),
		"crash":  Of(func(struct{}) (int, error) { panic("at the disco") }),
	})
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	if got, err := Run[int](t.Context(), "double", 21); got != 42 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Run[int](t.Context(), "fail", struct{}{}); err == nil || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("failed: %v", err)
	}
	var crashed *CrashError
	if _, err := Run[int](t.Context(), "crash", struct{}{}); !errors.As(err, &crashed) || crashed.Reason != "panic: at the disco" {
		t.Errorf("crashed: %v", err)
	}
	if _, err := Run[int](t.Context(), "none", struct{}{}); err == nil || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("no such job: %v", err)
	}
}
