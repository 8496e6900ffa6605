package border

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/sojourn-dev/sojourn/interop/node"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

const (
	secret   = "VuNq3tXyQ0m8dCk1ZsPb7LhRwEa5JgFi"
	password = "seven green bottles"
)

// shop is the shop of both sides: an Express application and its Go part on the
// same Redis and the same PostgreSQL.
type shop struct {
	env     []string // of both sides
	redis   *redistest.Server
	express side
	golang  side
	program string // the Go side's
	nginx   *nginx // in front of them, if there is one
}

// openSides starts both sides, and makes two users, Ada and Bob.
func openSides(t *testing.T) *shop {
	t.Helper()
	s := &shop{redis: redistest.Start(t)}
	database := pgtest.Start(t).Database(t, "shop")
	pgtest.Exec(t, database, "CREATE TABLE users (id serial PRIMARY KEY, username text UNIQUE NOT NULL, password text NOT NULL)")
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	check(t, err)
	for _, name := range []string{"Ada", "Bob"} {
		pgtest.Exec(t, database, "INSERT INTO users (username, password) VALUES ($1, $2)", name, string(hash))
	}
	s.env = []string{"REDIS_URL=" + s.redis.URL(0), "DATABASE_URL=" + database, "SESSION_SECRET=" + secret}
	s.program = build(t, "github.com/sojourn-dev/sojourn/interop/border/shop")
	s.express, s.golang = s.startExpress(t), s.startGo(t)
	return s
}

// open opens a shop as step 0 has it, with nginx in front.
func open(t *testing.T) *shop {
	t.Helper()
	s := openSides(t)
	s.nginx = newNginx(t, readPage(t), s.express.port, s.golang.port)
	s.nginx.start()
	return s
}

// side is a program that serves the shop.
type side struct {
	port int
	// stop ends a Go side and returns what it has logged. It may be called
	// again.
	stop func() string
}

// startExpress starts an Express side, with variables in place of the shop's.
func (s *shop) startExpress(t *testing.T, env ...string) side {
	t.Helper()
	p := node.Start(t, "express/app.js", append(append(slices.Clone(s.env), "PORT=0"), env...)...)
	port, err := strconv.Atoi(p.Ready)
	check(t, err)
	return side{port: port}
}

// startGo starts a Go side, with variables in place of the shop's.
func (s *shop) startGo(t *testing.T, env ...string) side {
	t.Helper()
	cmd := exec.Command(s.program)
	cmd.Env = append(append(append(os.Environ(), s.env...), "ADDR=127.0.0.1:0"), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var log strings.Builder
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	stop := sync.OnceValue(func() string {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the Go side ended with %v", err)
		}
		return log.String()
	})
	t.Cleanup(func() { stop() })
	addr, _ := bufio.NewReader(stdout).ReadString('\n')
	_, port, err := net.SplitHostPort(strings.TrimSpace(addr))
	if err != nil {
		t.Fatalf("the Go side says %q: %v; %s", addr, err, stop())
	}
	number, err := strconv.Atoi(port)
	check(t, err)
	return side{port: number, stop: stop}
}

// build builds a program, with the race detector if the test has it.
func build(t *testing.T, path string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	args := []string{"build", "-o", program}
	info, _ := debug.ReadBuildInfo()
	if slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, path)...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}
