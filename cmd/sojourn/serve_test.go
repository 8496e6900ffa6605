package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Ensure that accounts and sessions outlive a restart, and that a logout does.
func TestRestart(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	p := start(t, nil, "--data", data)
	if want := "users and sessions in " + filepath.Join(data, "sojourn.db"); !strings.Contains(p.greeting, want) {
		t.Errorf("the greeting %q lacks %q", p.greeting, want)
	}
	b, other := newBrowser(t), newBrowser(t)
	b.enter(p, "/register", "Ada")
	other.enter(p, "/login", "Ada")
	if code := p.stop(os.Interrupt); code != 0 {
		t.Errorf("SIGINT: exit code %d", code)
	}

	p = start(t, nil, "--data", data)
	if !b.greeted(p, "Ada") {
		t.Error("the restart logged out")
	}
	if status := b.post(p, "/logout"); status != http.StatusSeeOther {
		t.Errorf("logout: %d", status)
	}
	if code := p.stop(terminate); code != 0 {
		t.Errorf("SIGTERM: exit code %d", code)
	}

	p = start(t, nil, "--data", data)
	if b.greeted(p, "Ada") {
		t.Error("the restart undid a logout")
	}
	if !other.greeted(p, "Ada") {
		t.Error("the logout in one browser ended the session of another")
	}
	b.enter(p, "/login", "Ada")
	if p.stderr.String() != "" {
		t.Errorf("on stderr: %s", p.stderr)
	}
}

// Ensure that kill -9 loses nothing that was answered, whatever was going on.
func TestKill(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := start(t, nil, "--data", data)
	quitter := newBrowser(t)
	quitter.enter(p, "/register", "Quitter")

	const members = 4
	var mu sync.Mutex
	answered := map[string]*browser{}
	var wg sync.WaitGroup
	for i := range members {
		b := newBrowser(t)
		wg.Go(func() {
			for round := 0; ; round++ {
				name := fmt.Sprintf("member %d %d", i, round)
				resp, err := b.PostForm(p.base+"/register", map[string][]string{"username": {name}, "password": {password}})
				if err != nil {
					return // killed
				}
				resp.Body.Close()
				mu.Lock()
				answered[name] = b
				if len(answered) == members {
					quitter.post(p, "/logout")
					_ = p.cmd.Process.Kill()
				}
				mu.Unlock()
				b = newBrowser(t)
			}
		})
	}
	wg.Wait()
	p.wait()

	p = start(t, nil, "--data", data)
	if quitter.greeted(p, "Quitter") {
		t.Error("a logout was undone")
	}
	for name, b := range answered {
		if !b.greeted(p, name) {
			t.Errorf("the session of %s is lost", name)
		}
	}
	newBrowser(t).enter(p, "/login", "member 0 0")
}

// Ensure that a request under way at SIGTERM is answered, and nobody new is.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--data", t.TempDir())
	form := "username=Ada&password=correct+horse"
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// 100 Continue tells that the handler has begun.
	fmt.Fprintf(conn, "POST /register HTTP/1.1\r\nHost: sojourn\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", len(form))
	buf := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.ReadFull(conn, buf); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(terminate); err != nil {
		t.Fatal(err)
	}
	for { // until it has stopped listening
		c, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	io.WriteString(conn, form)
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 303 ") {
		t.Errorf("the request under way: %q, %v", answer, err)
	}
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Ensure that a second signal does not wait for anybody.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--data", t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(conn, "POST /login HTTP/1.1\r\nHost: sojourn\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: 10\r\nExpect: 100-continue\r\n\r\n")
	if _, err := io.ReadFull(conn, make([]byte, 12)); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(terminate); err != nil {
		t.Fatal(err)
	}
	for {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	p.stop(terminate)
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		t.Errorf("ended with %v", p.cmd.ProcessState)
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := start(t, nil, "--data", data, "--store", "memory:", "--log-format", "json", "--log-level", "debug")
	b := newBrowser(t)
	b.enter(p, "/register", "Ada")
	if !strings.Contains(p.greeting, "sessions in memory") {
		t.Errorf("greeting %q", p.greeting)
	}
	p.stop(terminate)
	if !strings.HasPrefix(p.stderr.String(), `{"time":`) {
		t.Errorf("log is not JSON: %s", p.stderr)
	}
	p = start(t, nil, "--data", data, "--store", "memory:")
	if b.greeted(p, "Ada") {
		t.Error("the session outlived the process")
	}
	b.enter(p, "/login", "Ada")
}

func TestStorePath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a ?b#.db")
	p := start(t, nil, "--data", filepath.Join(dir, "data"), "--store", "sqlite:"+path)
	newBrowser(t).enter(p, "/register", "Ada")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("database: %v, %v", info, err)
	}
	if !strings.Contains(p.greeting, path) {
		t.Errorf("greeting %q", p.greeting)
	}
}
