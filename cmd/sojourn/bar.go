package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/operate"
	"github.com/sojourn-dev/sojourn/store"
)

const barInterval = 100 * time.Millisecond

// bar shows how far a walk has come, if there is somebody to see it.
type bar struct{ shown *progressbar.ProgressBar }

// newBar returns the bar of a walk through a store. Its length is how many
// sessions there are now, and not known if that cannot be told.
func newBar(ctx context.Context, w io.Writer, what string, s store.Store) bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return bar{}
	}
	total, err := operate.Count(ctx, s)
	if err != nil || total == 0 {
		total = -1
	}
	return bar{progressbar.NewOptions(total, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(barInterval), progressbar.OptionClearOnFinish())}
}

// at says that n sessions were looked at.
func (b bar) at(n int) {
	if b.shown != nil {
		_ = b.shown.Set(n) // more than there were at the beginning is no error of anybody's
	}
}

func (b bar) finish() {
	if b.shown != nil {
		_ = b.shown.Finish()
	}
}
