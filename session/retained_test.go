package session_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// A manager remembers the settings of cookies, and nothing else of what those are
// a piece of.
func TestManagerKeepsNoRecord(t *testing.T) { // not parallel, for it looks at the heap
	const size = 8 << 20
	inMemory := memory.New(memory.Options{})
	m, err := session.New(session.Options{Secrets: []string{benchSecret}, Store: inMemory})
	if err != nil {
		t.Fatal(err)
	}
	before := heapInUse()
	data := `{"cookie":{"path":"/here","domain":"example.com"},"big":"` + strings.Repeat("x", size) + `"}`
	if _, err := inMemory.Create(t.Context(), anID, data, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s, err := m.Load(visit{cookie: signedPair(t, anID)}.request())
	if err != nil || s.Cookie().Path != "/here" {
		t.Fatal(s.Cookie(), err)
	}
	if err := s.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	data = strings.Repeat("y", size) + "/there"
	s, err = m.Load(visit{}.request())
	if err != nil {
		t.Fatal(err)
	}
	webNote.Set(s, "new")
	s.SetCookie(session.Cookie{Path: data[size:]})
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	data, s = "", nil
	if kept := heapInUse() - before; kept > size/2 {
		t.Errorf("%d bytes are kept", kept)
	}
	runtime.KeepAlive(m)
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC() // for what finalizers and pools held
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
