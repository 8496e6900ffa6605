package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"
)

// sqliteFile is a database file, of which several processes may have connections.
type sqliteFile struct {
	uncounted
	path string

	mu  sync.Mutex
	log writeAheadLog
	// index is the file that shows how long the log is, nil until there is one.
	index *os.File
	// old are those that were there before. To close one would take away the
	// locks that this process has on it, if it has connections of its own.
	old []*os.File
}

func startSQLite(_ context.Context, o *owner, e *Engine) (server, error) {
	s := &sqliteFile{path: filepath.Join(o.TempDir(), "sessions.db")}
	e.Title, e.URL = "SQLite, modernc.org/sqlite "+moduleVersion("modernc.org/sqlite"), s.path
	e.Durability = "write-ahead log, synchronous = normal: a power failure may undo the last writes"
	ctx, cancel := context.WithCancel(o.Context())
	var wg sync.WaitGroup
	wg.Go(func() { s.watch(ctx) })
	o.Cleanup(func() {
		cancel()
		wg.Wait()
		for _, f := range s.old {
			f.Close()
		}
	})
	return s, nil
}

// moduleVersion returns which version of a module is linked in.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "of unknown version"
}

// watch looks at the log until the context ends, for what is overwritten when it
// begins anew cannot be counted afterwards.
func (s *sqliteFile) watch(ctx context.Context) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.look() // an error is one of whoever asks
		}
	}
}

// look brings what is known of the log up to date.
func (s *sqliteFile) look() (writeAheadLog, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var header [2 * indexHeader]byte
	err := s.findIndex()
	if err == nil && s.index != nil {
		// Cut off while it is being made.
		if n, _ := s.index.ReadAt(header[:], 0); n == len(header) {
			s.log.see(header)
		}
	}
	return s.log, err
}

// findIndex opens the index, which goes with the last connection and is another file
// afterwards.
func (s *sqliteFile) findIndex() error {
	const suffix = "-shm"
	there, err := os.Stat(s.path + suffix)
	if errors.Is(err, fs.ErrNotExist) {
		s.index = nil
		return nil
	}
	if err != nil {
		return err
	}
	if s.index != nil {
		if open, err := s.index.Stat(); err == nil && os.SameFile(there, open) {
			return nil
		}
	}
	if s.index, err = os.Open(s.path + suffix); err != nil {
		s.index = nil
		return err
	}
	s.old = append(s.old, s.index)
	return nil
}

func (s *sqliteFile) written(context.Context) (int64, error) {
	log, err := s.look()
	return log.written(), err
}

func (s *sqliteFile) size(context.Context) (int64, error) {
	log, err := s.look()
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	// What is in the log only is not in the file yet.
	return max(info.Size(), log.database()), nil
}
