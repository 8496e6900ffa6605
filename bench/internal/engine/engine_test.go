package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/store"
)

// location is what the job of these tests is told.
type location struct{ Name, URL, ID string }

const readJob = "read"

func TestMain(m *testing.M) {
	isolate.Main(map[string]isolate.Job{readJob: isolate.Of(read)})
	os.Exit(m.Run())
}

func read(l location) (string, error) {
	ctx := context.Background()
	s, end, err := Open(ctx, l.Name, l.URL)
	if err != nil {
		return "", err
	}
	record, err := s.Get(ctx, l.ID)
	return record.Data, errors.Join(err, end())
}

// One engine after the other is started and used, its counters move as far as the
// store's guide says, and in the end nothing is left of it.
func TestEngines(t *testing.T) {
	t.Parallel()
	// The commands for a create, a read and a touch.
	commands := map[string]int64{Redis: 1 + 3 + 3, RedisCached: 1 + 3 + 3, Postgres: 3, MySQL: 3, MongoDB: 3}
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			e, err := Start(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			t.Logf("%s, %s, %s", e.Title, e.Durability, e.URL)
			s, end, err := Open(t.Context(), name, e.URL)
			if err != nil {
				t.Fatal(err)
			}
			use(t, s, 0) // scripts are loaded, statements prepared
			before := look(t, e)
			const n = 200
			for i := 1; i <= n; i++ {
				use(t, s, i)
			}
			after := look(t, e)
			t.Logf("each of %d: %d commands, %d bytes written, %d bytes kept", n, (after.commands-before.commands)/n,
				(after.written-before.written)/n, (after.size-before.size)/n)
			if did, want := after.commands-before.commands, n*commands[name]; did < want || did > want+want/2 {
				t.Errorf("%d commands, want %d", did, want)
			}
			if name != Memory && name != MongoDB {
				if wrote := after.written - before.written; wrote <= n*int64(len(data)) {
					t.Errorf("%d bytes written, of %d records of %d", wrote, n, len(data))
				}
			}
			if name != Memory && after.size-before.size < n*int64(len(data))/2 { // buffers of clients come and go
				t.Errorf("%d bytes, and %d before", after.size, before.size)
			}
			elsewhere(t, e)
			if err := end(); err != nil {
				t.Error(err)
			}
			ends(t, e)
		})
	}
}

var data = `{"s":"` + strings.Repeat("x", 1000) + `"}`

// use creates, reads and touches a record.
func use(t *testing.T, s store.Store, i int) {
	t.Helper()
	id, expires := fmt.Sprintf("id%030d", i), time.Now().Add(time.Hour)
	if _, err := s.Create(t.Context(), id, data, expires); err != nil {
		t.Fatal(err)
	}
	record, err := s.Get(t.Context(), id)
	if err != nil || record.Data != data {
		t.Fatalf("%q, %v", record.Data, err)
	}
	if err := s.Touch(t.Context(), id, expires.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// elsewhere has another process read a record. Memory is another one there.
func elsewhere(t *testing.T, e *Engine) {
	t.Helper()
	if e.Name == Memory {
		return
	}
	got, err := isolate.Run[string](t.Context(), readJob, location{e.Name, e.URL, fmt.Sprintf("id%030d", 1)})
	if err != nil || got != data {
		t.Errorf("another process reads %q, %v", got, err)
	}
}

// ends ends an engine and looks for what is left.
func ends(t *testing.T, e *Engine) {
	t.Helper()
	pids, err := e.PIDs()
	if err != nil {
		t.Fatal(err)
	}
	if serves := !slices.Contains([]string{Memory, SQLite}, e.Name); (len(pids) > 0) != serves {
		t.Errorf("processes %v", pids)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			t.Errorf("process %d is left: %v", pid, err)
		}
	}
	if e.Name == SQLite {
		if _, err := os.Stat(filepath.Dir(e.URL)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the directory is left: %v", err)
		}
	}
}

type counters struct{ commands, written, size int64 }

// look reads all counters, those that there are not as 0, and makes sure that it is
// these and no others which there are not.
func look(t *testing.T, e *Engine) (c counters) {
	t.Helper()
	var lacks []string
	note := func(what string, n int64, err error) int64 {
		if errors.Is(err, errors.ErrUnsupported) {
			lacks = append(lacks, what)
		} else if err != nil {
			t.Fatal(err)
		}
		return n
	}
	n, err := e.Commands(t.Context())
	c.commands = note("commands", n, err)
	n, err = e.Written(t.Context())
	c.written = note("written", n, err)
	n, err = e.Size(t.Context())
	c.size = note("size", n, err)
	used, err := e.CPU()
	note("cpu", int64(used), err)
	want := map[string][]string{Memory: {"commands", "written", "size", "cpu"}, SQLite: {"commands", "cpu"}, MongoDB: {"written"}}[e.Name]
	if !slices.Equal(lacks, want) {
		t.Errorf("lacks %v, want %v", lacks, want)
	}
	return c
}

// What a server is asked by this package is no command of those that use it.
func TestOwnCommands(t *testing.T) {
	t.Parallel()
	for _, name := range []string{Redis, Postgres, MySQL, MongoDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := Start(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			first := look(t, e)
			for range 10 {
				look(t, e)
			}
			if last := look(t, e); last.commands != first.commands {
				t.Errorf("%d commands, and then %d", first.commands, last.commands)
			}
		})
	}
}

// The processor time of a server grows with the work that it does, also if a child
// of its has done it that has ended since.
func TestCPU(t *testing.T) {
	t.Parallel()
	e, err := Start(t.Context(), Postgres)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	alone, err := e.PIDs()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		before, err := e.CPU()
		if err != nil {
			t.Fatal(err)
		}
		s, end, err := Open(t.Context(), Postgres, e.URL)
		if err != nil {
			t.Fatal(err)
		}
		for now := before; now < before+50*time.Millisecond; {
			for range 50 {
				if _, err := s.Get(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
					t.Fatal(err)
				}
			}
			if now, err = e.CPU(); err != nil {
				t.Fatal(err)
			}
		}
		serving := backends(t, e)
		if err := end(); err != nil {
			t.Fatal(err)
		}
		for _, pid := range serving {
			if !slices.Contains(alone, pid) {
				awaitExit(t, pid)
			}
		}
		if after, err := e.CPU(); err != nil || after < before+50*time.Millisecond {
			t.Errorf("%v, and %v before: %v", after, before, err)
		}
	}
}

// backends returns the processes that serve clients.
func backends(t *testing.T, e *Engine) []int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), e.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
	if err != nil {
		t.Fatal(err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	return pids
}

// awaitExit waits until a process, which is none of our children, has ended and its
// parent knows.
func awaitExit(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Minute.Milliseconds()))
		if n > 0 {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			t.Fatalf("process %d does not end: %v", pid, err)
		}
	}
	for unix.Kill(pid, 0) == nil { // a zombie, for a moment
		runtime.Gosched()
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	if _, err := Start(t.Context(), "none"); err == nil {
		t.Error("an engine that there is not was started")
	}
	if _, _, err := Open(t.Context(), "none", ""); err == nil {
		t.Error("an engine that there is not was opened")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ended, Memory); !errors.Is(err, context.Canceled) {
		t.Errorf("started for nobody: %v", err)
	}
}
