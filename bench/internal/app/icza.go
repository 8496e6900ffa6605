package app

import (
	"net/http"
	"time"

	"github.com/icza/session"
)

func iczaApp(c Config) *App {
	sweep := c.Sweep
	if sweep == 0 {
		sweep = 10 * time.Second
	}
	return iczaOn(session.NewInMemStoreOptions(&session.InMemStoreOptions{
		SessCleanerInterval: sweep,
		Logger:              session.NoopLogger,
	}), c)
}

func iczaOn(st session.Store, c Config) *App {
	c = c.withDefaults()
	m := session.NewCookieManager(st)
	h := &handlers{
		Pass: http.HandlerFunc(pass),
		Read: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := m.Get(r)
			if s == nil || s.Attr(UserKey) != User {
				fail(w)
				return
			}
			w.Write(ok)
		}),
		ReadWrite: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := m.Get(r)
			if s == nil {
				fail(w)
				return
			}
			n, _ := s.Attr(NumberKey).(int)
			s.SetAttr(NumberKey, n+1)
			w.Write(ok)
		}),
		Create: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			m.Add(session.NewSessionOptions(&session.SessOptions{
				Attrs:   map[string]any{UserKey: User, RoleKey: Role, NumberKey: Number},
				Timeout: c.Lifetime,
			}), w)
			w.Write(ok)
		}),
	}
	for route := timed; route < routes; route++ {
		h[route] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.asked(route, w, r, &iczaValues{m.Get(r), m, w, c})
		})
	}
	a := h.app()
	a.WithLifetime = func(d time.Duration) *App {
		c.Lifetime = d
		return iczaOn(st, c)
	}
	return a
}

// iczaValues may be without a session: the library has none for a request
// whose cookie it does not know.
type iczaValues struct {
	s session.Session
	m session.Manager
	w http.ResponseWriter
	c Config
}

func (v *iczaValues) get(key string) any {
	if v.s == nil {
		return nil
	}
	return v.s.Attr(key)
}

func (v *iczaValues) set(key string, n int) {
	if v.s == nil {
		v.s = session.NewSessionOptions(&session.SessOptions{Timeout: v.c.Lifetime})
		v.m.Add(v.s, v.w)
	}
	v.s.SetAttr(key, n)
}

func (v *iczaValues) add(key string, pause func(string)) error { return next(v, key, pause) }

func (v *iczaValues) save() error { return nil }

func (v *iczaValues) destroy() error {
	if v.s != nil {
		v.m.Remove(v.s, v.w)
	}
	return nil
}
