package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// newSecret returns 256 random bits as text without a comma.
func newSecret() string {
	var random [32]byte
	rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// printSecret is the command "secret".
func printSecret(args []string, stdout io.Writer) error {
	if err := parse(newFlagSet("secret"), args); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout, newSecret())
	return err
}

// loadSecrets returns the secrets of the environment or else of the folder,
// and where they come from. They may still be too weak.
func loadSecrets(dir string) (secrets []string, from string, err error) {
	const variable = "SOJOURN_SECRET"
	if text := os.Getenv(variable); text != "" {
		return splitSecrets(text), variable, nil
	}
	path := filepath.Join(dir, "secret")
	text, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createSecret(path); err == nil {
			text, err = readSecret(path)
		}
	}
	return splitSecrets(text), path, err
}

func splitSecrets(text string) []string {
	secrets := strings.Split(text, ",")
	for i := range secrets {
		secrets[i] = strings.TrimSpace(secrets[i])
	}
	return secrets
}

// readSecret reads a secret that nobody else can read.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	// Windows has no such bits: there the folder's access list decides.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others (mode %04o); replace it, or make it 0600 if nobody has", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, 64<<10))
	return string(text), err
}

// createSecret makes the file of a new secret, unless somebody else has been
// faster. The file appears complete and on the disk, or not at all: of two
// processes that start at the same time, both read the same.
func createSecret(path string) error {
	temporary := path + "." + rand.Text()
	defer os.Remove(temporary)
	if err := writeSynced(temporary, newSecret()+"\n"); err != nil {
		return err
	}
	if err := os.Link(temporary, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	syncDir(filepath.Dir(path))
	return nil
}

func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDir has the names in a folder reach the disk where the system can do
// that. Where it cannot, a power failure right now costs a secret that has
// signed next to nothing.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
