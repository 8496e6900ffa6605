package main

import (
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// outage is a server that can be taken away.
type outage struct {
	url, keeps                   string // keeps is what the greeting says is there
	pause, resume, stop, restart func()
}

func TestOutageOfRedis(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	testOutage(t, outage{
		url: s.URL(0), keeps: "sessions in Redis", stop: s.Stop, restart: s.Restart,
		pause: func() { s.Signal(syscall.SIGSTOP) }, resume: func() { s.Signal(syscall.SIGCONT) },
	})
}

func TestOutageOfPostgres(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t)
	testOutage(t, outage{
		url: s.Database(t, "sojourn"), keeps: "users and sessions in PostgreSQL", stop: s.Halt, restart: func() { s.Restart(t) },
		pause: func() { s.Pause(t) }, resume: func() { s.Resume(t) },
	})
}

func TestOutageOfMySQL(t *testing.T) {
	t.Parallel()
	s := mysqltest.Start(t, "--innodb-flush-log-at-trx-commit=1")
	testOutage(t, outage{
		url: s.Database(t), keeps: "users and sessions in MySQL", stop: s.Stop, restart: func() { s.Restart(t) },
		pause: func() { s.Pause(t) }, resume: func() { s.Resume(t) },
	})
}

func TestOutageOfMongoDB(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	testOutage(t, outage{
		url: s.URL(), keeps: "users and sessions in MongoDB", stop: s.Stop, restart: func() { s.Restart(t) },
		pause: s.Pause, resume: s.Resume,
	})
}

// testOutage ensures that while the server of the sessions is away nobody waits
// longer than StoreTimeout, nobody is taken for anybody or for nobody, what needs
// no session goes on, and all is well when it is back, without a restart.
func testOutage(t *testing.T, o outage) {
	t.Helper()
	p := start(t, nil, "--data", t.TempDir(), "--store", o.url, "--password-cost", "4", "--log-level", "error")
	if !strings.Contains(p.greeting, o.keeps) || !strings.Contains(p.greeting, "users ") || strings.Contains(p.greeting, "@") {
		t.Errorf("greeting: %q", p.greeting)
	}
	ada := newBrowser(t)
	ada.enter(p, "/register", "Ada")

	o.pause()
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			begin := time.Now()
			if status, body := ada.get(p, "/dashboard"); status != http.StatusServiceUnavailable || strings.Contains(body, "Ada") {
				t.Errorf("while it is paused: %d", status)
			}
			if took := time.Since(begin); took > 10*time.Second { // 2 seconds, on a machine that has time
				t.Errorf("while it is paused: after %v", took)
			}
		})
	}
	all.Wait()
	if status, _ := ada.get(p, "/style.css"); status != http.StatusOK {
		t.Errorf("what needs no session: %d", status)
	}
	if status, body := ada.get(p, "/healthz"); status != http.StatusServiceUnavailable || body != "sessions are out of reach\n" {
		t.Errorf("health: %d %q", status, body)
	}
	o.resume()
	if !ada.comesBack(p) {
		t.Error("the session is gone, or the server is not found again")
	}

	o.stop()
	if status, _ := ada.get(p, "/dashboard"); status != http.StatusServiceUnavailable {
		t.Errorf("while it is stopped: %d", status)
	}
	if status := ada.post(p, "/logout"); status != http.StatusServiceUnavailable {
		t.Errorf("a logout while it is stopped: %d", status)
	}
	if status := newBrowser(t).post(p, "/login", "username", "Ada", "password", password); status != http.StatusServiceUnavailable {
		t.Errorf("a login while it is stopped: %d", status)
	}
	o.restart()
	deadline := time.Now().Add(30 * time.Second)
	for {
		status := newBrowser(t).post(p, "/login", "username", "Ada", "password", password)
		if status == http.StatusSeeOther {
			break
		}
		if status != http.StatusServiceUnavailable || time.Now().After(deadline) {
			t.Fatalf("after the restart: %d", status)
		}
	}
	if code := p.stop(terminate); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// comesBack reports whether the dashboard opens, once the server is reached.
func (b *browser) comesBack(p *process) bool {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		switch status, _ := b.get(p, "/dashboard"); status {
		case http.StatusOK:
			return true
		case http.StatusServiceUnavailable:
		default:
			return false
		}
	}
	return false
}
