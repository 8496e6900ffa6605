package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"slices"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/store"
)

// storage is where everything is kept.
type storage struct {
	users    auth.Accounts
	sessions store.Store
	where    string // for people

	opened []io.Closer
}

// openStorage opens the store of the sessions, and the database of the users:
// the same if it can be, and otherwise one in the data folder.
func openStorage(ctx context.Context, c config) (*storage, error) {
	e, err := c.store.open(ctx, c.data)
	if err != nil {
		return nil, err
	}
	s := &storage{opened: []io.Closer{e}}
	if err := s.prepare(ctx, c, e); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *storage) prepare(ctx context.Context, c config, e *engine) error {
	path, err := c.store.database(c.data)
	if err != nil {
		return err
	}
	kept := e.accounts
	switch {
	case c.store.engine == inSQLite:
		s.where = "users and sessions in " + path
	case kept != nil:
		s.where = "users and sessions in " + c.store.engine
	default:
		file, err := openFile(path, nil)
		if err != nil {
			return err
		}
		s.opened = append(s.opened, file)
		kept = file.accounts
		s.where = "users in " + path + ", sessions in " + c.store.engine
	}
	if s.users, err = kept(ctx); err != nil {
		return err
	}
	s.sessions, err = protect(e.sessions, c)
	return err
}

// Close closes what openStorage has opened.
func (s *storage) Close() (err error) {
	for _, c := range slices.Backward(s.opened) {
		err = errors.Join(err, c.Close())
	}
	return err
}

// prepareDir makes the data folder, for its owner only. One that exists stays
// as it is; the files in it are the owner's only in any case.
func prepareDir(dir string, log *slog.Logger) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(dir, 0o700)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0:
		log.Warn("others may write to the data folder, and so replace what is in it", "dir", dir, "mode", info.Mode().Perm())
	}
	return nil
}
