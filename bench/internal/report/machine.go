package report

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

// Stamp says where, when and of what versions something was measured.
func Stamp(now time.Time) string {
	return fmt.Sprintf("*%s · %s*", Place(now), strings.Join(versions(), ", "))
}

// Place says where and when something was measured.
func Place(now time.Time) string {
	return fmt.Sprintf("%s · %s, %d cores, %s/%s · %s",
		now.UTC().Format(time.DateOnly), processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH,
		strings.TrimPrefix(runtime.Version(), "go version "))
}

// processor returns the name that the processor has, where Linux tells.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// versions returns the modules of the libraries that this program was built
// with.
func versions() (all []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	seen := make(map[string]bool)
	for _, l := range app.Libraries() {
		for _, dep := range info.Deps {
			if dep.Path == l.Module && l.Name != app.Ours && !seen[dep.Path] {
				seen[dep.Path] = true
				all = append(all, strings.TrimPrefix(dep.Path, "github.com/")+" "+dep.Version)
			}
		}
	}
	return all
}
