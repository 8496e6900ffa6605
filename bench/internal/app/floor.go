package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"hash"
	"net/http"
	"strings"
	"sync"
)

// The floor does what a signed session at the server cannot do without, and
// nothing else. To read: find the cookie, compute its HMAC with a pooled hash
// and compare it, look the record up under a lock, give the handler a request
// with a context, decode one value. To read and write, besides: encode the
// value, splice it into the record, swap the records under the lock if nobody
// else did.
type floor struct {
	pool   sync.Pool
	shards [64]floorShard
}

type floorShard struct {
	mu      sync.RWMutex
	records map[string]string
	_       [64]byte // keeps the next lock off this one's cache lines
}

type floorKey struct{}

const (
	floorCookie = "connect.sid=s%3A"
	floorHead   = `{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"},` +
		`"user":`
	floorUser = `"` + User + `"`
	floorRest = `,"role":"` + Role + `","n":`
)

func floorApp(Config) *App {
	f := &floor{pool: sync.Pool{New: func() any { return &floorHash{Hash: hmac.New(sha256.New, []byte(Secret))} }}}
	for i := range f.shards {
		f.shards[i].records = make(map[string]string)
	}
	return (&handlers{
		Read: f.handler(func(w http.ResponseWriter, _ *http.Request, id string) {
			var name string
			if err := json.Unmarshal([]byte(f.record(id)[len(floorHead):][:len(floorUser)]), &name); err != nil || name != User {
				fail(w)
				return
			}
			w.Write(ok)
		}),
		ReadWrite: f.handler(func(w http.ResponseWriter, _ *http.Request, id string) {
			const before = len(floorHead) + len(floorUser) + len(floorRest)
			for {
				record := f.record(id)
				var n int
				if err := json.Unmarshal([]byte(record[before:len(record)-1]), &n); err != nil {
					fail(w)
					return
				}
				value, err := json.Marshal(n + 1)
				if err != nil {
					fail(w)
					return
				}
				if f.swap(id, record, record[:before]+string(value)+"}") {
					break
				}
			}
			w.Write(ok)
		}),
		// It makes the session that is read; it is no floor itself.
		Create: http.HandlerFunc(f.create),
	}).app()
}

// handler gives next the id of a request whose signature is right, and the
// request with a context from which a session could be had.
func (f *floor) handler(next func(http.ResponseWriter, *http.Request, string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header["Cookie"][0]
		i := strings.Index(header, floorCookie)
		if i < 0 || len(header) < i+len(floorCookie)+32+1+43 {
			fail(w)
			return
		}
		id, signature := header[i+len(floorCookie):][:32], header[i+len(floorCookie)+33:]
		h := f.pool.Get().(*floorHash)
		h.sign(id)
		h.text = append(h.text[:0], signature...)
		same := subtle.ConstantTimeCompare(h.signature[:], h.text) == 1
		f.pool.Put(h)
		if !same {
			fail(w)
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), floorKey{}, f)), id)
	})
}

func (f *floor) create(w http.ResponseWriter, _ *http.Request) {
	var random [24]byte
	rand.Read(random[:])
	id := base64.RawURLEncoding.EncodeToString(random[:])
	sh := f.shard(id)
	sh.mu.Lock()
	sh.records[id] = floorHead + floorUser + floorRest + "41}"
	sh.mu.Unlock()
	h := f.pool.Get().(*floorHash)
	h.sign(id)
	w.Header().Set("Set-Cookie", floorCookie+id+"."+string(h.signature[:])+"; Path=/; HttpOnly; SameSite=Lax")
	f.pool.Put(h)
	w.Write(ok)
}

// shard chooses by the id's last characters, which are random.
func (f *floor) shard(id string) *floorShard {
	return &f.shards[(int(id[31])*31+int(id[30]))%len(f.shards)]
}

func (f *floor) record(id string) string {
	sh := f.shard(id)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.records[id]
}

func (f *floor) swap(id, old, record string) bool {
	sh := f.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.records[id] != old {
		return false
	}
	sh.records[id] = record
	return true
}

type floorHash struct {
	hash.Hash
	text      []byte
	sum       [32]byte
	signature [43]byte
}

func (h *floorHash) sign(id string) {
	h.Reset()
	h.text = append(h.text[:0], id...)
	h.Write(h.text)
	base64.RawURLEncoding.Encode(h.signature[:], h.Sum(h.sum[:0]))
}
