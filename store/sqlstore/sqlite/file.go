package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ensureFile makes sure that there is a file at path, and that a new one can
// be read by its owner only. SQLite gives its -wal and -shm files the mode of
// the database file.
//
// A file that exists is left to SQLite. Opening it here would be a trap: when
// a process closes any descriptor of a file, POSIX drops all locks that the
// process has on it, those of another connection included.
func ensureFile(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // somebody else was faster
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// absolute returns path in the form that names one file whatever the working
// directory becomes.
func absolute(path string) (string, error) {
	if path == "" || path == ":memory:" || strings.HasPrefix(path, "file:") {
		return "", fmt.Errorf("%q is not the path of a file (package store/memory keeps sessions in memory)", path)
	}
	return filepath.Abs(path)
}

// dataSource returns the name under which the driver opens the file at path,
// an absolute path, with the given settings. The URL form is the only one in
// which a path may contain a question mark.
func dataSource(path string, settings url.Values) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/dir becomes /C:/dir
	}
	u := url.URL{Scheme: "file", Path: slashed, RawQuery: settings.Encode()}
	return u.String()
}
