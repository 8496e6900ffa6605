package costs

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main(Jobs())
	os.Exit(m.Run())
}

// A sample is what a login stores: three keys and the user.
func TestSample(t *testing.T) {
	t.Parallel()
	data, err := sample(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal([]byte(data), &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"cookie", "user", "role", "n", "sojourn"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("no %s in %s", key, data)
		}
	}
	if len(keys) != 5 || !strings.Contains(data, `"user":"0123456789abcdef"`) {
		t.Error(data)
	}
}

// Each engine is measured, and what is measured can be what it is: it lies
// between what must be true of it and a lot more.
func TestMeasureOne(t *testing.T) {
	t.Parallel()
	for _, name := range engines {
		t.Run(name, func(t *testing.T) { // one after the other
			j := Job{Engine: name, Sessions: 160, Time: 10 * time.Millisecond, Callers: usualCallers}
			switch name {
			case engine.Postgres:
				// Where inserts wait for one another it extends a table by up to
				// 300 pages at once, which is nothing only to very many sessions.
				j.Callers = 1
			case engine.MySQL:
				j.Sessions *= 3 // a page has 16 kB
			}
			e, err := isolate.Run[Engine](t.Context(), jobName, j)
			if err != nil {
				t.Fatal(err)
			}
			data, err := sample(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if e.Sessions != j.Sessions || e.Title == "" || e.Server == "" || e.Durability == "" {
				t.Errorf("%+v", e)
			}
			t.Logf("%v bytes, %v for a note, %v a further one", e.Bytes, e.Noted, e.Further)
			// Whole pages, where there are any.
			if id := 32.0; e.Bytes < id+float64(len(data))/2 || e.Bytes > 5000 || e.Noted < 0 || e.Noted > 2000 {
				t.Errorf("%v bytes, and %v for a note; the record has %d", e.Bytes, e.Noted, len(data))
			}
			// So few that pages, and what was deleted before, may make it anything.
			least := 0.2
			if name == engine.Postgres || name == engine.MySQL || name == engine.SQLite {
				least = -8
			}
			if e.Further < least || e.Further > 8 {
				t.Errorf("%v bytes for each further one", e.Further)
			}
			for o := range Operations {
				c, ok := e.Operations[o]
				if !ok || c.ClientCPU <= 0 {
					t.Errorf("%s: %+v", o, c)
				}
				if served := !e.Embedded(); (c.Commands >= 0.9 && c.Sent > 20 && c.Received > 2) != served {
					t.Errorf("%s: %+v, from a server: %v", o, c, served)
				}
				// Reads may meet with what the server does by itself.
				if logs := name != engine.Memory && name != engine.MongoDB; o.Writes() && logs != (c.Written > 20) {
					t.Errorf("%s writes %v bytes to the log", o, c.Written)
				}
			}
			if c := e.Operations[Get]; !e.Embedded() && c.Received < float64(len(data)) {
				t.Errorf("a read receives %v bytes of a record of %d", c.Received, len(data))
			}
		})
	}
}

// Figures are read as they were written, unless some are missing.
func TestFile(t *testing.T) {
	t.Parallel()
	f := &Figures{Stamp: "*then*"}
	for _, name := range []string{"memory", "redis"} {
		e := Engine{Name: name, Title: name, Sessions: 3, Bytes: 100, Operations: make(map[Operation]Cost)}
		for o := range Operations {
			e.Operations[o] = Cost{Commands: 1, ServerCPU: 10 * float64(o+1), ClientCPU: 1000, Written: 7}
		}
		f.Engines = append(f.Engines, e)
	}
	file := filepath.Join(t.TempDir(), "costs.json")
	if err := f.Write(file); err != nil {
		t.Fatal(err)
	}
	got, err := Read(file)
	if err != nil || !reflect.DeepEqual(got, f) {
		t.Errorf("%+v, %v", got, err)
	}
	memory, err := got.Engine("memory")
	if err != nil || memory.CPU(Save) != 1000 || !memory.InMemory() || memory.Usable(8) != 8 {
		t.Errorf("%+v, %v", memory, err)
	}
	redis, err := got.Engine("redis")
	if err != nil || redis.CPU(Get) != 10 || redis.Usable(8) != 1 {
		t.Errorf("%+v, %v", redis, err)
	}
	if _, err := got.Engine("none"); err == nil {
		t.Error("there are costs of an engine that was not measured")
	}
	if text := f.Tables(); strings.Count(text, "\n| redis |") != 6 || strings.Count(text, "\n| memory |") != 2 {
		t.Error(text)
	}
	delete(f.Engines[1].Operations, List)
	if err := f.Write(file); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(file); err == nil {
		t.Error("figures are missing, and nobody says so")
	}
}

func TestOperationNames(t *testing.T) {
	t.Parallel()
	for o := range Operations {
		text, err := o.MarshalText()
		var again Operation
		if err != nil || again.UnmarshalText(text) != nil || again != o {
			t.Errorf("%d is written as %q and read as %d", o, text, again)
		}
	}
	if err := new(Operation).UnmarshalText([]byte("none")); err == nil {
		t.Error("an operation that there is not")
	}
}

// A wire passes everything on, in both directions, and counts it.
func TestWire(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // echoes twice
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		var b [5]byte
		for {
			if _, err := io.ReadFull(c, b[:]); err != nil {
				return
			}
			c.Write(append(b[:], b[:]...))
		}
	}()
	w, err := newWire(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", w.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 10)
	for range 3 {
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, answer); err != nil || !bytes.Equal(answer, []byte("hellohello")) {
			t.Fatalf("%q, %v", answer, err)
		}
	}
	if w.sent.Load() != 15 || w.received.Load() != 30 {
		t.Errorf("%d and %d bytes", w.sent.Load(), w.received.Load())
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Read(answer); err == nil {
		t.Error("the connection is still there")
	}
	c.Close()
	l.Close()
	<-done
}
