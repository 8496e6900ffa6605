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

	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// storage is where everything is kept.
type storage struct {
	users    *sqlusers.Users
	sessions store.Store
	where    string // for people

	db     *sqlite.DB
	server io.Closer // the connections to the store's server, nil if there is none
}

// openStorage opens the database, which always has the users, and the store
// of the sessions.
func openStorage(ctx context.Context, c config) (*storage, error) {
	path, err := c.store.database(c.data)
	if err != nil {
		return nil, err
	}
	// Accounts are not to be lost to a power failure, nor logouts undone, and
	// next to hashing a password a sync of the disk is nothing.
	db, err := sqlite.OpenDB(path, sqlite.DBOptions{FullSync: true})
	if err != nil {
		return nil, err
	}
	s := &storage{db: db, where: "users and sessions in " + path}
	if err := s.prepare(ctx, c); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if c.store.engine != inSQLite {
		s.where = "users in " + path + ", sessions in " + c.store.engine
	}
	return s, nil
}

func (s *storage) prepare(ctx context.Context, c config) (err error) {
	if s.users, err = sqlusers.New(ctx, s.db.Writer(), sqlusers.Options{Reader: s.db.Reader()}); err != nil {
		return err
	}
	if s.sessions, s.server, err = openSessions(ctx, c.store, s.db); err != nil {
		return err
	}
	s.sessions, err = protect(s.sessions, c)
	return err
}

// Close closes what openStorage has opened.
func (s *storage) Close() (err error) {
	if s.server != nil {
		err = s.server.Close()
	}
	return errors.Join(err, s.db.Close())
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
