package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestDataFolder(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "a", "b")
	p := start(t, nil, "--data", data)
	p.stop(terminate)
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
	names := map[string]bool{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", entry.Name(), info.Mode(), err)
		}
		names[entry.Name()] = true
	}
	if len(names) != 2 || !names["secret"] || !names["sojourn.db"] {
		t.Errorf("in the folder: %v", names)
	}
}

// Ensure that those who start at the same time on a fresh folder agree.
func TestSecretRace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var secrets [16]string
	var wg sync.WaitGroup
	for i := range secrets {
		wg.Go(func() {
			got, _, err := loadSecrets(dir)
			if err != nil || len(got) != 1 {
				t.Errorf("%d secrets, %v", len(got), err)
				return
			}
			secrets[i] = got[0]
		})
	}
	wg.Wait()
	for _, secret := range secrets {
		if len(secret) != 43 || secret != secrets[0] {
			t.Fatal("they differ, or are no secrets")
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

// Ensure that two servers on one fresh folder accept each other's cookies.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	var servers [2]*process
	var wg sync.WaitGroup
	for i := range servers {
		wg.Go(func() { servers[i] = start(t, nil, "--data", data) })
	}
	wg.Wait()
	b := newBrowser(t)
	b.enter(servers[0], "/register", "Ada")
	if !b.greeted(servers[1], "Ada") {
		t.Error("the other server does not know the session")
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	old, fresh := newSecret(), newSecret()
	b := newBrowser(t)
	p := start(t, []string{"SOJOURN_SECRET=" + old}, "--data", data)
	b.enter(p, "/register", "Ada")
	p.stop(terminate)
	if _, err := os.Stat(filepath.Join(data, "secret")); err == nil {
		t.Error("a secret was made though one was given")
	}
	p = start(t, []string{"SOJOURN_SECRET=" + fresh + " , " + old}, "--data", data)
	if !b.greeted(p, "Ada") {
		t.Error("the second secret is not accepted")
	}
	p.stop(terminate)
	p = start(t, []string{"SOJOURN_SECRET=" + fresh}, "--data", data)
	if b.greeted(p, "Ada") {
		t.Error("a secret that is gone is accepted")
	}
}

func TestPrintSecret(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 2 {
		out, err := command(t, nil, "secret").Output()
		if err != nil {
			t.Fatal(err)
		}
		seen[strings.TrimSpace(string(out))] = true
	}
	for secret := range seen {
		if len(seen) != 2 || len(secret) != 43 || strings.Contains(secret, ",") {
			t.Errorf("got %d different, of %d characters", len(seen), len(secret))
		}
	}
}
