//go:build unix

package sqlite_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Ensure that a folder or a file that must not be written is an error of Open.
// Nothing is forbidden to root, which therefore runs the test as nobody.
func TestOpenForbidden(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		runAsNobody(t)
		return
	}
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file.db")
	if err := os.WriteFile(file, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(dir, "database.db")
	if err := openAt(t, database).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(database, 0o400); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, path, want string }{
		{"folder", filepath.Join(folder, "a.db"), "permission denied"},
		{"file", file, "readonly database"},
		{"database", database, "read-only"},
	} {
		t.Run(test.name, func(t *testing.T) { openFails(t, test.path, test.want) })
	}
}

// runAsNobody runs the test that calls it in a process without privileges.
func runAsNobody(t *testing.T) {
	t.Helper()
	const nobody = 65534
	dir := t.TempDir()
	for dir, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o777} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "test") // where nobody may read it
	if err := copyProgram(program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("as nobody: %v\n%s", err, out)
	} else {
		t.Logf("as nobody:\n%s", out)
	}
}

// copyProgram puts this program where it says. A link is better than a copy: a
// file that has just been written cannot be run while another test is forking.
func copyProgram(to string) error {
	self, err := os.Executable()
	if err != nil || os.Link(self, to) == nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	program, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(program, from)
	if closed := program.Close(); err == nil {
		err = closed
	}
	return err
}
