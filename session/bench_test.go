package session_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"hash"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// The benchmarks of a request stand beside their floors: the least that any
// implementation of a signed, server-side session has to do for the same. Read
// the ratios, not the nanoseconds.
//
//	go test -bench . -benchmem ./session

const (
	benchSecret = "4b1c5d0e9f8a7b6c5d4e3f2a1b0c9d8e"
	benchID     = "5cZEZHFJ2hfs3BcEFDYQCKRbUNmmOYhw"
	benchRecord = `{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"},` +
		`"user":"0123456789abcdef","role":{"name":"admin","level":7},"views":41}`
)

type role struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
}

const (
	benchUser  session.Key[string] = "user"
	benchRole  session.Key[role]   = "role"
	benchViews session.Key[int]    = "views"
)

// reusedWriter is a ResponseWriter that costs nothing.
type reusedWriter struct{ header http.Header }

func (w *reusedWriter) Header() http.Header         { return w.header }
func (w *reusedWriter) WriteHeader(int)             {}
func (w *reusedWriter) Write(p []byte) (int, error) { return len(p), nil }

// benchRequest returns a request with the cookie of a session that st holds.
func benchRequest(b *testing.B) (*memory.Store, *http.Request) {
	b.Helper()
	st := memory.New(memory.Options{})
	if _, err := st.Create(b.Context(), benchID, benchRecord, time.Now().Add(24*time.Hour)); err != nil {
		b.Fatal(err)
	}
	signer, err := cookie.NewSigner(benchSecret)
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "theme=dark; connect.sid="+string(signer.AppendCookieValue(nil, benchID)))
	return st, r
}

func benchHandler(b *testing.B, handle http.HandlerFunc) {
	st, r := benchRequest(b)
	m, err := session.New(session.Options{Secrets: []string{benchSecret}, Store: st})
	if err != nil {
		b.Fatal(err)
	}
	h := m.Handler(handle)
	w := &reusedWriter{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

var written = []byte("ok")

func BenchmarkRead(b *testing.B) {
	b.Run("string", func(b *testing.B) {
		benchHandler(b, func(w http.ResponseWriter, r *http.Request) {
			if benchUser.Get(session.From(r)) == "" {
				b.Fatal("no user")
			}
			w.Write(written)
		})
	})
	b.Run("string/floor", func(b *testing.B) {
		benchFloor(b, func(record string) {
			var s string
			if err := json.Unmarshal([]byte(`"0123456789abcdef"`), &s); err != nil || record == "" {
				b.Fatal(err)
			}
		})
	})
	b.Run("struct", func(b *testing.B) {
		benchHandler(b, func(w http.ResponseWriter, r *http.Request) {
			if benchRole.Get(session.From(r)).Level != 7 {
				b.Fatal("no role")
			}
			w.Write(written)
		})
	})
	b.Run("struct/floor", func(b *testing.B) {
		benchFloor(b, func(record string) {
			var v role
			if err := json.Unmarshal([]byte(`{"name":"admin","level":7}`), &v); err != nil || record == "" {
				b.Fatal(err)
			}
		})
	})
}

// A key that is read and written, with a record that changes each time.
func BenchmarkReadWrite(b *testing.B) {
	benchHandler(b, func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		benchViews.Set(s, benchViews.Get(s)+1)
		w.Write(written)
	})
}

func BenchmarkUpdate(b *testing.B) {
	benchHandler(b, func(w http.ResponseWriter, r *http.Request) {
		if _, err := benchViews.Update(session.From(r), func(n int) int { return n + 1 }); err != nil {
			b.Fatal(err)
		}
		w.Write(written)
	})
}

func BenchmarkCreate(b *testing.B) {
	m, err := session.New(session.Options{Secrets: []string{benchSecret}, Store: memory.New(memory.Options{MaxSessions: 1 << 16})})
	if err != nil {
		b.Fatal(err)
	}
	h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		benchUser.Set(session.From(r), "0123456789abcdef")
		w.Write(written)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	w := &reusedWriter{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

func BenchmarkPass(b *testing.B) {
	pass := func(w http.ResponseWriter, r *http.Request) { w.Write(written) }
	b.Run("cookie", func(b *testing.B) { benchHandler(b, pass) })
	b.Run("anonymous", func(b *testing.B) {
		m, err := session.New(session.Options{Secrets: []string{benchSecret}})
		if err != nil {
			b.Fatal(err)
		}
		h := m.Handler(http.HandlerFunc(pass))
		r := httptest.NewRequest("GET", "/", nil)
		w := &reusedWriter{header: http.Header{}}
		b.ReportAllocs()
		for b.Loop() {
			h.ServeHTTP(w, r)
		}
	})
}

// benchFloor does what a read cannot do without: find the cookie, compute its
// HMAC with a pooled hash, look the record up under a lock, give the handler a
// request with a context, decode one value.
func benchFloor(b *testing.B, decode func(record string)) {
	_, r := benchRequest(b)
	pool := sync.Pool{New: func() any { return &floorHash{Hash: hmac.New(sha256.New, []byte(benchSecret))} }}
	var mu sync.RWMutex
	records := map[string]string{benchID: benchRecord}
	type key struct{}
	handle := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header["Cookie"][0]
		i := strings.Index(header, "connect.sid=s%3A")
		id := header[i+len("connect.sid=s%3A"):][:32]
		h := pool.Get().(*floorHash)
		h.Reset()
		h.text = append(h.text[:0], id...)
		h.Write(h.text)
		base64.RawStdEncoding.Encode(h.signature[:], h.Sum(h.sum[:0]))
		pool.Put(h)
		mu.RLock()
		record := records[id]
		mu.RUnlock()
		decode(record)
		w.Write(written)
	})
	w := &reusedWriter{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		handle.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, handle)))
	}
}

type floorHash struct {
	hash.Hash
	text      []byte
	sum       [32]byte
	signature [43]byte
}

// Sessions in the client cost a cipher or a signature in place of a store.
func BenchmarkClientSide(b *testing.B) {
	for name, side := range clientSites {
		m, err := session.New(session.Options{Secrets: []string{benchSecret}, ClientSide: side})
		if err != nil {
			b.Fatal(err)
		}
		begin := newCarrier(b, session.Options{Secrets: []string{benchSecret}, ClientSide: side})
		begin.do(func(s *session.Session) {
			benchUser.Set(s, "0123456789abcdef")
			benchRole.Set(s, role{"admin", 7})
			benchViews.Set(s, 41)
		})
		r := visit{cookie: "theme=dark; " + strings.Join(begin.jar, "; ")}.request()
		for what, handle := range map[string]func(*session.Session){
			"read":  func(s *session.Session) { benchUser.Get(s) },
			"write": func(s *session.Session) { benchViews.Set(s, benchViews.Get(s)+1) },
		} {
			b.Run(name+"/"+what, func(b *testing.B) {
				h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					handle(session.From(r))
					w.Write(written)
				}))
				w := &reusedWriter{header: http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					clear(w.header)
					h.ServeHTTP(w, r)
				}
			})
		}
	}
}
