package session

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/sojourn-dev/sojourn/cookie"
)

const verifiedSecret = "4b1c5d0e9f8a7b6c5d4e3f2a1b0c9d8e"

// value returns what a cookie carries that says to whom it belongs.
func cookieValue(t testing.TB, id string) string {
	t.Helper()
	signer, err := cookie.NewSigner(verifiedSecret)
	if err != nil {
		t.Fatal(err)
	}
	return string(signer.AppendCookieValue(nil, id))
}

func newVerifier(t testing.TB) *Manager {
	t.Helper()
	m, err := New(Options{Secrets: []string{verifiedSecret}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sends returns the id that the manager finds in a request with that cookie.
func (m *Manager) sends(value string) string {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", m.o.Name+"="+value)
	id, _ := m.sentID(r)
	return id
}

// Whatever is remembered, a cookie counts if it is signed, and only then.
func TestVerified(t *testing.T) {
	t.Parallel()
	m := newVerifier(t)
	for _, id := range []string{"a", "s", "3A", strings.Repeat("x", 128), "a/b+c%d=e"} {
		value := cookieValue(t, id)
		for range 4 {
			if got := m.sends(value); got != id {
				t.Errorf("%q: %q", id, got)
			}
			for i := range value {
				forged := value[:i] + string(value[i]^1) + value[i+1:]
				if got := m.sends(forged); got != "" {
					t.Fatalf("%q: %q was taken for %q", id, forged, got)
				}
			}
			for _, forged := range []string{value[:len(value)-1], value + "A", ""} {
				if got := m.sends(forged); got != "" {
					t.Errorf("%q: %q was taken for %q", id, forged, got)
				}
			}
		}
		if _, _, ok := m.known.find(value); !ok {
			t.Errorf("%q: it is not remembered", id)
		}
	}
	if other := newVerifier(t); other.sends(cookieValue(t, "a")) != "a" {
		t.Error("another manager does not take it")
	} else if _, _, ok := other.known.find(cookieValue(t, "a")); ok {
		t.Error("a cookie is remembered that came once")
	}
}

// What is remembered does not keep the request that it came with in memory.
func TestVerifiedIsCopied(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"5cZEZHFJ2hfs3BcEFDYQCKRbUNmmOYhw", "a/b"} {
		v := newVerifiedCookies()
		value := cookieValue(t, id)
		raw := (strings.Repeat("x", 1000) + value)[1000:]
		for range 2 {
			_, hash, _ := v.find(raw)
			v.note(raw, hash, id)
		}
		got, hash, ok := v.find(raw)
		if !ok || got != id {
			t.Fatalf("%q: %q, %v", id, got, ok)
		}
		for _, kept := range []string{v.place(hash).cookie.Load().raw, got} {
			at := uintptr(unsafe.Pointer(unsafe.StringData(kept)))
			from := uintptr(unsafe.Pointer(unsafe.StringData(raw)))
			if from <= at && at < from+uintptr(len(raw)) {
				t.Errorf("%q: it is a piece of the header", id)
			}
		}
	}
}

// With more cookies than places, and all at once, each is still its own.
func TestVerifiedConcurrently(t *testing.T) {
	t.Parallel()
	m := newVerifier(t)
	const ids = 3 * verifiedPlaces
	values := make([]string, ids)
	for i := range values {
		values[i] = cookieValue(t, fmt.Sprint("id", i))
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 2 * ids {
				n := (i/2*7 + worker*ids/8) % ids
				if got, want := m.sends(values[n]), fmt.Sprint("id", n); got != want {
					t.Errorf("%q instead of %q", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzSame(f *testing.F) {
	f.Add("", "")
	f.Add("12345678", "12345678")
	f.Add("123456789", "123456788")
	f.Fuzz(func(t *testing.T, a, b string) {
		if same(a, b) != (a == b) || !same(a, a) {
			t.Errorf("%q, %q: %v", a, b, same(a, b))
		}
	})
}
