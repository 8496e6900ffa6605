package mysqltest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// errMissing means that the machine has no MariaDB server.
var errMissing = errors.New("mysqltest: there is no mariadbd")

// failOrSkip ends a test that cannot have a server.
func failOrSkip(t testing.TB, err error) {
	t.Helper()
	switch {
	case errors.Is(err, errMissing) && os.Getenv("CI") == "":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
}

// find returns the path of a program of the server. Debian keeps the server itself
// where only root's search path leads.
func find(name string) (string, error) {
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: %s is not installed", errMissing, name)
}
