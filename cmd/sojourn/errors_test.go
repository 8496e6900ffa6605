package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Ensure that whatever is wrong is said in one line, with the right exit code,
// and that what is asked for is not an error.
func TestExits(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	open := filepath.Join(dir, "open")
	short := filepath.Join(dir, "short")
	for path, mode := range map[string]os.FileMode{file: 0o600, filepath.Join(open, "secret"): 0o644, filepath.Join(short, "secret"): 0o600} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("tell-nobody"), mode); err != nil {
			t.Fatal(err)
		}
	}
	const free = "--addr=127.0.0.1:0"
	for _, test := range []struct {
		name     string
		args     []string
		secret   string
		code     int
		contains string
	}{
		{"help", []string{"help"}, "", 0, ""},
		{"-h", []string{"-h"}, "", 0, ""},
		{"--help", []string{"--help"}, "", 0, ""},
		{"serve -h", []string{"serve", "-h"}, "", 0, ""},
		{"secret -h", []string{"secret", "-h"}, "", 0, ""},

		{"unknown command", []string{"server"}, "", 2, `unknown command "server"`},
		{"unknown flag", []string{"--port", "1"}, "", 2, "-port"},
		{"flag without a value", []string{"serve", "--addr"}, "", 2, "-addr"},
		{"argument", []string{"serve", "now"}, "", 2, `"now"`},
		{"argument of secret", []string{"secret", "now"}, "", 2, `"now"`},
		{"no port", []string{"--addr", "localhost"}, "", 2, "missing port"},
		{"duration", []string{"--idle", "tomorrow"}, "", 2, "-idle"},
		{"no idle time", []string{"--idle", "0s"}, "", 2, "--idle"},
		{"no time for the store", []string{"--store-timeout", "0s"}, "", 2, "--store-timeout"},
		{"too much time for the store", []string{"--store-timeout", "1m"}, "", 2, "--store-timeout"},
		{"negative limit", []string{"--absolute", "-1s"}, "", 2, "--absolute"},
		{"no data", []string{"--data", ""}, "", 2, "--data"},
		{"log format", []string{"--log-format", "xml"}, "", 2, "xml"},
		{"log level", []string{"--log-level", "loud"}, "", 2, "loud"},
		{"unknown scheme", []string{"--store", "reddit://:tell-nobody@localhost"}, "", 2, `unknown scheme "reddit"`},
		{"redis without a host", []string{"--store", "redis://:tell-nobody@"}, "", 2, "must name a host"},
		{"cache without redis", []string{"--redis-cache"}, "", 2, "in Redis only"},
		{"replicas without redis", []string{"--redis-wait", "1", "--store", "memory:"}, "", 2, "in Redis only"},
		{"fewer than no replicas", []string{"--redis-wait", "-1"}, "", 2, "negative"},
		{"redis that is not there", []string{free, "--data", dir, "--store", "redis://:tell-nobody@127.0.0.1:1"}, "", 1, "refused"},
		{"mysql without a database", []string{"--store", "mysql://root:tell-nobody@localhost"}, "", 2, "must name a database"},
		{"mysql that is not there", []string{free, "--data", dir, "--store", "mysql://root:tell-nobody@127.0.0.1:1/app"}, "", 1, "refused"},
		{"mongodb without a database", []string{"--store", "mongodb://root:tell-nobody@localhost"}, "", 2, "must name a database"},
		{"mongodb that is not there", []string{free, "--data", dir, "--store", "mongodb://root:tell-nobody@127.0.0.1:1/app?serverSelectionTimeoutMS=500"}, "", 1, "sojourn"},
		{"no scheme", []string{"--store", "sojourn.db"}, "", 2, "no scheme"},
		{"no path", []string{"--store", "sqlite:"}, "", 2, "path"},
		{"memory with a path", []string{"--store", "memory:sojourn.db"}, "", 2, "memory:"},

		{"certificate without a key", []string{"--tls-cert", file}, "", 2, "--tls-key"},
		{"key without a certificate", []string{"--tls-key", file}, "", 2, "--tls-cert"},
		{"proxy", []string{"--trust-proxy", "loopback,somebody"}, "", 2, `"somebody"`},
		{"login rate", []string{"--login-rate", "often"}, "", 2, "-login-rate"},
		{"password cost", []string{free, "--data", dir, "--password-cost", "99"}, "", 2, "Cost"},
		{"cookie name", []string{free, "--data", dir, "--cookie-name", "a b"}, "", 2, "Name"},
		{"cookie name that is in use", []string{free, "--data", dir, "--cookie-name", "known"}, "", 2, "--cookie-name"},
		{"plain without a key", []string{"--accept-plain"}, "", 2, "--encrypt-key"},

		{"no certificate", []string{free, "--data", dir, "--tls-cert", dir + "/none", "--tls-key", file}, "", 1, "no such file"},
		{"certificate that is none", []string{free, "--data", dir, "--tls-cert", file, "--tls-key", file}, "", 1, "certificate"},
		{"no encryption key", []string{free, "--data", dir, "--encrypt-key", dir + "/none"}, "", 1, "no such file"},
		{"encryption key that is none", []string{free, "--data", dir, "--encrypt-key", file}, "", 1, "key 1"},
		{"encryption key others can read", []string{free, "--data", dir, "--encrypt-key", filepath.Join(open, "secret")}, "", 1, "can be read by others"},
		{"port in use", []string{"--addr", taken.Addr().String()}, "", 1, "address already in use"},
		{"no such host", []string{"--addr", "256.0.0.1:0"}, "", 1, "256.0.0.1"},
		{"data is a file", []string{free, "--data", file}, "", 1, "not a folder"},
		{"data below a file", []string{free, "--data", filepath.Join(file, "data")}, "", 1, "not a directory"},
		{"database in no folder", []string{free, "--data", dir, "--store", "sqlite:" + filepath.Join(dir, "no", "db")}, "", 1, "no such file"},
		{"database that is none", []string{free, "--data", dir, "--store", "sqlite:" + file}, "", 1, "not a database"},
		{"secret others can read", []string{free, "--data", open}, "", 1, "can be read by others"},
		{"short secret in a file", []string{free, "--data", short}, "", 1, "fewer than 16 bytes"},
		{"short secret", []string{free, "--data", dir}, "tell-nobody", 1, "SOJOURN_SECRET"},
		{"short second secret", []string{free, "--data", dir}, newSecret() + ",tell-nobody", 1, "secret 2"},
		{"known secret", []string{free, "--data", dir}, "keyboard cat keyboard cat", 1, "publicly known"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := command(t, []string{"SOJOURN_SECRET=" + test.secret}, test.args...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d, stderr %q", code, stderr.String())
			}
			check(t, stdout.String(), stderr.String(), test.code, test.contains)
		})
	}
}

func check(t *testing.T, stdout, stderr string, code int, contains string) {
	t.Helper()
	if code == 0 {
		if stdout != usage || stderr != "" {
			t.Errorf("stdout %q, stderr %q", stdout, stderr)
		}
		return
	}
	if stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "sojourn: ") ||
		!strings.Contains(stderr, contains) || strings.Contains(stderr, "tell-nobody") {
		t.Errorf("stdout %q, stderr %q", stdout, stderr)
	}
}
