package sqlite_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// Ensure that only the owner can read a new file and its companions, and that
// the mode of a file that was there is left alone.
func TestFileMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("file modes are not Windows's way")
	}
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	shared := filepath.Join(t.TempDir(), "shared.db")
	if err := os.WriteFile(shared, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(shared, 0o660); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{fresh: 0o600, shared: 0o660} {
		s := openAt(t, path)
		if _, err := s.Create(t.Context(), "id", "data", hourFromNow()); err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode() != want {
				t.Errorf("%s: mode %v, want %v", filepath.Base(path+suffix), info.Mode(), want)
			}
		}
	}
}

// Ensure that a path is taken as it is, and that a store leaves one file.
func TestPath(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"plain.db", "a b.db", "a?mode=memory", "a#b", "a%41b", "a%", "a&b=c;d", "ä\u2028\n.db", "a'\"b", "-a", "a:b+c",
	} {
		dir := t.TempDir()
		for range 2 {
			s, err := sqlite.Open(filepath.Join(dir, name))
			if err != nil {
				t.Errorf("%q: %v", name, err)
				continue
			}
			if err := s.Delete(t.Context(), "id", ""); err != nil {
				t.Errorf("%q: %v", name, err)
			}
			if _, err := s.Create(t.Context(), "id", "data", hourFromNow()); err != nil {
				t.Errorf("%q: %v", name, err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 1 || files[0].Name() != name {
			t.Errorf("%q: left %v", name, files)
		}
	}
}

// Ensure that the name of the table may be any.
func TestTableName(t *testing.T) {
	t.Parallel()
	db, err := sqlite.OpenDB(filepath.Join(t.TempDir(), "app.db"), sqlite.DBOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, name := range []string{"", "my sessions", `a"b`, "a;--", "order", "$data", "$users", "sid"} {
		s, err := sqlite.New(db, sqlite.Options{Table: name})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if _, err := s.Create(t.Context(), "id", name, hourFromNow()); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != name {
			t.Errorf("%q: %q, %v", name, r.Data, err)
		}
		note(t, s, "ada", "id", hourFromNow())
		if err := s.SetNotBefore(t.Context(), "ada", hourFromNow(), time.Time{}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if n := countUser(t, s, "ada"); n != 1 {
			t.Errorf("%q: %d sessions of a user, want 1", name, n)
		}
	}
}

// Ensure that what cannot be a database is one error of Open that says why.
func TestOpenErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other := filepath.Join(dir, "other.db")
	execSQL(t, openRaw(t, other), "CREATE TABLE sessions (id, value)")

	tests := []struct{ name, path, want string }{
		{"directory", dir, "is a directory"},
		{"no folder", filepath.Join(dir, "none", "a.db"), "no such file or directory"},
		{"folder is a file", filepath.Join(file("plain", ""), "a.db"), "not a directory"},
		{"not a database", file("text", strings.Repeat("not a database\n", 500)), "file is not a database"},
		{"another table", other, "no such column: expired"},
		{"memory", ":memory:", "not the path of a file"},
		{"empty", "", "not the path of a file"},
		{"URI", "file:a.db", "not the path of a file"},
		{"zero byte", "a\x00b", "invalid argument"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { openFails(t, test.path, test.want) })
	}
}

// openFails wants one line from Open that says why.
func openFails(t *testing.T, path, want string) {
	t.Helper()
	s, err := sqlite.Open(path)
	if err == nil {
		s.Close()
		t.Fatal("opened")
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, want %s", err, want)
	}
}

// Ensure that a store that was given its database leaves it open, and that
// one database holds sessions and the tables of the program.
func TestSharedDB(t *testing.T) {
	t.Parallel()
	db, s := openDB(t, filepath.Join(t.TempDir(), "app.db"), sqlite.Options{})
	execSQL(t, db.Writer(), "CREATE TABLE users (name TEXT)")
	execSQL(t, db.Writer(), "INSERT INTO users VALUES ('ada')")
	if _, err := s.Create(t.Context(), "id", "data", hourFromNow()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if name := scan[string](t, db.Reader(), "SELECT name FROM users"); name != "ada" {
		t.Errorf("read %q after the store was closed", name)
	}
	if _, err := db.Reader().Exec("DELETE FROM users"); err == nil {
		t.Error("a reader has written")
	}
}
